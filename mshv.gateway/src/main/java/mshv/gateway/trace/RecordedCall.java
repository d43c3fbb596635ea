package mshv.gateway.trace;

import java.util.List;

/**
 * A call that was traced.
 *
 * @param number from 1 on
 * @param thread of the program
 * @param object number of the file that it was made on
 * @param file name of that
 * @param command the ioctl's number, or {@link CallName#OPEN_NUMBER} or {@link CallName#CLOSE_NUMBER}
 * @param argument the ioctl's argument
 * @param in what it has read of the program
 * @param out what it has written
 * @param created number of the file that it has made, 0 for none
 * @param registers the register page as the program had left it, null if it was not changed
 * @param memory guest memory that the program had changed
 * @param memoryEnds why guest memory is recorded no more from here on, null if it is
 * @param noMemory with which error number memory was refused that the program did not have, 0 if it was not
 * @param eventfds which eventfds it named: ids, or values of {@link Note.Eventfd}
 * @param made false if the driver has not seen it
 * @param result the call's, or -errno
 */
public record RecordedCall(long number, int thread, int object, String file, int command, long argument, List<Note.Access> in,
		List<Note.Access> out, int created, byte[] registers, List<Note.Memory> memory, String memoryEnds, int noMemory,
		List<Long> eventfds, boolean made, long result) {}
