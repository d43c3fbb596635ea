package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** Seccomp with user notification (linux/seccomp.h): the filter, and the requests that a listener takes. */
public final class Seccomp {
	/** Size of seccomp_notif in bytes. */
	public static final int NOTIFICATION_SIZE = 80;
	/** Size of seccomp_notif_resp and of seccomp_notif_addfd in bytes. */
	public static final int RESPONSE_SIZE = 24;

	static final int RECEIVE = 0xC0502100;
	static final int SEND = 0xC0182101;
	static final int ID_VALID = 0x40082102;
	static final int ADD_DESCRIPTOR = 0x40182103;
	private static final int SET_FLAGS = 0x40082104;
	private static final int SYNC_WAKE_UP = 1;
	/** SECCOMP_USER_NOTIF_FLAG_CONTINUE: the kernel makes the call itself. */
	static final int CONTINUE = 1;
	/** SECCOMP_ADDFD_FLAG_SEND: the descriptor is the answer. */
	static final int ADD_AND_SEND = 2;

	private static final int SET_MODE_FILTER = 1;
	private static final int NEW_LISTENER = 8;
	private static final int PR_SET_NO_NEW_PRIVS = 38;

	private static final int AUDIT_ARCH_X86_64 = 0xC000003E;
	private static final int RET_ALLOW = 0x7FFF0000;
	private static final int RET_USER_NOTIF = 0x7FC00000;
	private static final int LOAD = 0x20;
	private static final int AND = 0x54;
	private static final int JUMP_EQUAL = 0x15;
	private static final int RETURN = 0x06;
	private static final int OFFSET_NUMBER = 0;
	private static final int OFFSET_ARCHITECTURE = 4;
	private static final int OFFSET_COMMAND = 24;
	private static final int INSTRUCTION_SIZE = 8;

	/** Code, jump if true, jump if false, operand. Notified are the ways to open a file or to ask about one by its path, and ioctls with
	 * the magic byte. */
	private static final int[][] FILTER = {
		{LOAD, 0, 0, OFFSET_ARCHITECTURE}, {JUMP_EQUAL, 0, 15, AUDIT_ARCH_X86_64}, {LOAD, 0, 0, OFFSET_NUMBER},
		{JUMP_EQUAL, 14, 0, SystemCall.OPENAT}, {JUMP_EQUAL, 13, 0, SystemCall.OPEN}, {JUMP_EQUAL, 12, 0, SystemCall.OPENAT2},
		{JUMP_EQUAL, 11, 0, SystemCall.NEWFSTATAT}, {JUMP_EQUAL, 10, 0, SystemCall.STATX}, {JUMP_EQUAL, 9, 0, SystemCall.STAT},
		{JUMP_EQUAL, 8, 0, SystemCall.LSTAT}, {JUMP_EQUAL, 7, 0, SystemCall.ACCESS}, {JUMP_EQUAL, 6, 0, SystemCall.FACCESSAT},
		{JUMP_EQUAL, 5, 0, SystemCall.FACCESSAT2}, {JUMP_EQUAL, 0, 3, SystemCall.IOCTL}, {LOAD, 0, 0, OFFSET_COMMAND}, {AND, 0, 0, 0xFF00},
		{JUMP_EQUAL, 1, 0, 0xB800}, {RETURN, 0, 0, RET_ALLOW}, {RETURN, 0, 0, RET_USER_NOTIF}};

	/** Bytes that {@link #encodeFilter} writes. */
	public static final int FILTER_SIZE = 16 + FILTER.length * INSTRUCTION_SIZE;

	private Seccomp() {}

	/** Writes the filter's program. @param at at least {@link #FILTER_SIZE} bytes, native */
	public static void encodeFilter(MemorySegment at) {
		at.set(JAVA_SHORT, 0, (short) FILTER.length);
		at.set(JAVA_LONG, 8, at.address() + 16);
		long offset = 16;
		for (int[] instruction : FILTER) {
			at.set(JAVA_SHORT, offset, (short) instruction[0]);
			at.set(JAVA_BYTE, offset + 2, (byte) instruction[1]);
			at.set(JAVA_BYTE, offset + 3, (byte) instruction[2]);
			at.set(JAVA_INT, offset + 4, instruction[3]);
			offset += INSTRUCTION_SIZE;
		}
	}

	/** Gives up gaining privileges by execve, which a filter without a capability asks for. This thread only; not undone.
	 * @return 0 or -errno */
	public static long noNewPrivileges(Kernel kernel) {
		return kernel.call(SystemCall.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0);
	}

	/** Puts the calling thread under the filter. @param filter from {@link #encodeFilter}
	 * @return the listener's descriptor, or -errno: EBUSY if there is a listener already, EINVAL if the kernel has no notification */
	public static long install(Kernel kernel, MemorySegment filter) {
		return kernel.call(SystemCall.SECCOMP, SET_MODE_FILTER, NEW_LISTENER, filter.address());
	}

	/** Asks that the thread that is notified, and then the one that is answered, goes on on the processor of the other, which is about to
	 * wait: no other one has to be woken up. Kernels before 6.6 do not know how. */
	public static void stayOnProcessor(Kernel kernel, int listener) {
		kernel.call(SystemCall.IOCTL, listener, SET_FLAGS, SYNC_WAKE_UP);
	}

	/** @return 0 if the kernel has user notification, else -errno */
	public static long notificationAvailable(Kernel kernel, MemorySegment scratch) {
		// SECCOMP_GET_ACTION_AVAIL
		scratch.set(JAVA_INT, 0, RET_USER_NOTIF);
		return kernel.call(SystemCall.SECCOMP, 2, 0, scratch.address());
	}
}
