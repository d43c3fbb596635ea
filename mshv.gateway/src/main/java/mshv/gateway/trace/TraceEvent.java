package mshv.gateway.trace;

import java.util.List;

/**
 * A call that was answered.
 *
 * @param began when it was taken, as {@link System#nanoTime} tells
 * @param nanoseconds until it was answered
 * @param thread of the program
 * @param file what the descriptor stands for
 * @param command the ioctl's number; 0 for an open
 * @param notes structures and bytes that were read and written, in that order: records of the ABI, and byte arrays
 * @param result the call's, or -errno
 */
public record TraceEvent(long began, long nanoseconds, int thread, String file, int command, List<Object> notes, long result) {
	/** Copies nothing: the list is the event's own. */
	public TraceEvent {}
}
