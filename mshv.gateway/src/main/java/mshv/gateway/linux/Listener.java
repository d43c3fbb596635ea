package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One thread's view of a seccomp listener: the notification that it took last, and the answer to it.
 */
public final class Listener {
	private static final int POLLIN = 1;
	private static final int O_CLOEXEC = 0x80000;

	private final Kernel kernel;
	private final int descriptor;
	private final MemorySegment notification;
	private final MemorySegment response;
	private final MemorySegment poll;

	/** @param kernel of the thread @param arena of the thread
	 * @param descriptor the listener @param stop an eventfd: when it is signalled, waiting ends */
	public Listener(Kernel kernel, Arena arena, int descriptor, int stop) {
		this.kernel = kernel;
		this.descriptor = descriptor;
		notification = arena.allocate(Seccomp.NOTIFICATION_SIZE, 8);
		response = arena.allocate(Seccomp.RESPONSE_SIZE, 8);
		poll = arena.allocate(16, 8);
		poll.set(JAVA_INT, 0, descriptor);
		poll.set(JAVA_SHORT, 4, (short) POLLIN);
		poll.set(JAVA_INT, 8, stop);
		poll.set(JAVA_SHORT, 12, (short) POLLIN);
	}

	/** Waits for a notification and takes it.
	 * @return false if there will be none any more, or waiting is to end */
	public boolean receive() {
		while (true) {
			poll.set(JAVA_SHORT, 6, (short) 0);
			poll.set(JAVA_SHORT, 14, (short) 0);
			long ready = kernel.call(SystemCall.POLL, poll.address(), 2, -1);
			if (ready < 0 && ready != -LinuxException.EINTR || poll.get(JAVA_SHORT, 14) != 0) {
				return false;
			}
			short events = poll.get(JAVA_SHORT, 6);
			if ((events & POLLIN) != 0) {
				notification.fill((byte) 0);
				// ENOENT: the thread was interrupted before it could be taken
				if (kernel.call(SystemCall.IOCTL, descriptor, Seccomp.RECEIVE & 0xFFFFFFFFL, notification.address()) == 0) {
					return true;
				}
			} else if (events != 0) {
				return false;
			}
		}
	}

	/** @return the notification's cookie */
	public long id() {
		return notification.get(JAVA_LONG, 0);
	}

	/** @return thread that made the call, 0 if it is not in this process's view */
	public int thread() {
		return notification.get(JAVA_INT, 8);
	}

	/** @return number of the system call */
	public int number() {
		return notification.get(JAVA_INT, 16);
	}

	/** @return argument of the system call, from 0 on */
	public long argument(int index) {
		return notification.get(JAVA_LONG, 32 + 8L * index);
	}

	/** @return false if the caller does not wait any more */
	public boolean valid() {
		return valid(kernel, descriptor, response, id());
	}

	/** @param scratch 8 bytes @return false if the caller of the notification does not wait any more */
	public static boolean valid(Kernel kernel, int listener, MemorySegment scratch, long id) {
		scratch.set(JAVA_LONG, 0, id);
		return kernel.call(SystemCall.IOCTL, listener, Seccomp.ID_VALID, scratch.address()) == 0;
	}

	/** Lets the kernel make the call. */
	public void proceed() {
		answer(id(), 0, 0, Seccomp.CONTINUE);
	}

	/** Answers a call. @param result the call's, or -errno
	 * @return false if the caller does not wait any more: it sees EINTR, or makes the call again */
	public boolean answer(long id, long result) {
		return result < 0 ? answer(id, 0, (int) result, 0) : answer(id, result, 0, 0);
	}

	private boolean answer(long id, long value, int error, int flags) {
		response.set(JAVA_LONG, 0, id);
		response.set(JAVA_LONG, 8, value);
		response.set(JAVA_INT, 16, error);
		response.set(JAVA_INT, 20, flags);
		return kernel.call(SystemCall.IOCTL, descriptor, Seccomp.SEND & 0xFFFFFFFFL, response.address()) == 0;
	}

	/** Gives the caller a descriptor. @param send the new descriptor is the answer to the call
	 * @return its number in the caller, or -errno: ENOENT if the caller does not wait any more */
	public long add(long id, int source, boolean closeOnExec, boolean send) {
		response.set(JAVA_LONG, 0, id);
		response.set(JAVA_INT, 8, send ? Seccomp.ADD_AND_SEND : 0);
		response.set(JAVA_INT, 12, source);
		response.set(JAVA_INT, 16, 0);
		response.set(JAVA_INT, 20, closeOnExec ? O_CLOEXEC : 0);
		return kernel.call(SystemCall.IOCTL, descriptor, Seccomp.ADD_DESCRIPTOR, response.address());
	}
}
