package mshv.eventfd.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls behind events: the functions of the C library, one method each. A result below 0 is the negative errno. Nothing here
 * keeps a descriptor; buffers belong to their callers.
 */
@SuppressWarnings("restricted")
final class Kernel {
	/** Errors. */
	static final int EINTR = 4, EBADF = 9, EAGAIN = 11, EINVAL = 22, ENOSYS = 38, EOPNOTSUPP = 95;
	/** EPOLLIN of a poll or of an epoll event. */
	static final int IN = 1;
	/** EPOLLOUT. */
	static final int OUT = 4;
	/** EPOLLET: told once for each write, not as long as the counter is not 0. */
	static final int EDGE = 1 << 31;
	/** EPOLL_CTL_ADD, EPOLL_CTL_DEL. */
	static final int ADD = 1, DELETE = 2;
	/** EFD_CLOEXEC with EFD_NONBLOCK. */
	static final int EVENTFD_FLAGS = 0x80000 | 0x800;

	private static final int EPOLL_CLOEXEC = 0x80000;
	private static final int F_DUPFD_CLOEXEC = 1030;
	private static final int RWF_NOWAIT = 8;
	/** struct epoll_event is packed on x86-64 only. */
	private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
	/** Size of struct epoll_event. */
	static final int EPOLL_EVENT_SIZE = PACKED ? 12 : 16;
	private static final int EPOLL_EVENT_DATA = PACKED ? 4 : 8;

	private static final StructLayout STATE = Linker.Option.captureStateLayout();
	private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

	private final MethodHandle write;
	private final MethodHandle read;
	private final MethodHandle readNow;
	private final MethodHandle close;
	private final MethodHandle poll;
	private final MethodHandle duplicate;
	private final MethodHandle eventfd;
	private final MethodHandle epollCreate;
	private final MethodHandle epollControl;
	private final MethodHandle epollWait;

	/** @throws UnsatisfiedLinkError if the C library lacks a function
	 * @throws IllegalCallerException if native access is denied */
	Kernel() {
		Linker linker = Linker.nativeLinker();
		write = link(linker, "write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
		read = link(linker, "read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
		readNow = link(linker, "preadv2", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT));
		close = link(linker, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
		poll = link(linker, "poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
		duplicate = link(linker, "fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
		eventfd = link(linker, "eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
		epollCreate = link(linker, "epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
		epollControl = link(linker, "epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
		epollWait = link(linker, "epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
	}

	private static MethodHandle link(Linker linker, String name, FunctionDescriptor descriptor, Linker.Option... more) {
		Linker.Option[] options = new Linker.Option[more.length + 1];
		System.arraycopy(more, 0, options, 1, more.length);
		options[0] = Linker.Option.captureCallState("errno");
		MemorySegment function = linker.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError(name));
		return linker.downcallHandle(function, descriptor, options);
	}

	/** Buffers for system calls, for one thread at a time. */
	static final class Buffers {
		private final MemorySegment state;
		private final MemorySegment value;
		private final MemorySegment vector;
		private final MemorySegment pollDescriptor;

		Buffers(Arena arena) {
			state = arena.allocate(STATE);
			value = arena.allocate(JAVA_LONG);
			vector = arena.allocate(ADDRESS.byteSize() * 2, ADDRESS.byteAlignment());
			vector.set(ADDRESS, 0, value);
			vector.set(JAVA_LONG, ADDRESS.byteSize(), Long.BYTES);
			pollDescriptor = arena.allocate(8, 4);
		}

		/** @return what was read last */
		long value() {
			return value.get(JAVA_LONG, 0);
		}

		private int error() {
			return -(int) ERRNO.get(state, 0L);
		}
	}

	/** Makes an eventfd, close on exec, non-blocking. */
	int eventfd(Buffers buffers) {
		try {
			int result = (int) eventfd.invokeExact(buffers.state, 0, EVENTFD_FLAGS);
			return result < 0 ? buffers.error() : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Adds to the counter of an eventfd. */
	int write(int descriptor, long count, Buffers buffers) {
		try {
			buffers.value.set(JAVA_LONG, 0, count);
			long result = (long) write.invokeExact(buffers.state, descriptor, buffers.value, (long) Long.BYTES);
			return result < 0 ? buffers.error() : (int) result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Reads the counter of an eventfd into the buffers without waiting, whatever the descriptor's mode. -EAGAIN if it is 0. */
	int readNow(int descriptor, Buffers buffers) {
		try {
			long result = (long) readNow.invokeExact(buffers.state, descriptor, buffers.vector, 1, -1L, RWF_NOWAIT);
			if (result >= 0) {
				return (int) result;
			}
			int error = buffers.error();
			if (error != -EOPNOTSUPP && error != -ENOSYS) {
				return error;
			}
			// Kernels before 5.8
			if (poll(descriptor, IN, buffers) == 0) {
				return -EAGAIN;
			}
			result = (long) read.invokeExact(buffers.state, descriptor, buffers.value, (long) Long.BYTES);
			return result < 0 ? buffers.error() : (int) result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** @return which of the events are there now, without waiting */
	int poll(int descriptor, int events, Buffers buffers) {
		try {
			buffers.pollDescriptor.set(JAVA_INT, 0, descriptor);
			buffers.pollDescriptor.set(JAVA_INT, 4, events);
			int result = (int) poll.invokeExact(buffers.state, buffers.pollDescriptor, 1L, 0);
			return result < 0 ? buffers.error() : buffers.pollDescriptor.get(JAVA_SHORT, 6);
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	int close(int descriptor, Buffers buffers) {
		try {
			int result = (int) close.invokeExact(buffers.state, descriptor);
			return result < 0 ? buffers.error() : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** @return another descriptor of the same file, close on exec */
	int duplicate(int descriptor, Buffers buffers) {
		try {
			int result = (int) duplicate.invokeExact(buffers.state, descriptor, F_DUPFD_CLOEXEC, 0);
			return result < 0 ? buffers.error() : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	int epollCreate(Buffers buffers) {
		try {
			int result = (int) epollCreate.invokeExact(buffers.state, EPOLL_CLOEXEC);
			return result < 0 ? buffers.error() : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Changes what an epoll descriptor waits for.
	 * @param event {@link #EPOLL_EVENT_SIZE} bytes */
	int epollControl(int epoll, int operation, int descriptor, int events, long data, Buffers buffers, MemorySegment event) {
		try {
			event.set(JAVA_INT, 0, events);
			event.set(JAVA_LONG.withByteAlignment(1), EPOLL_EVENT_DATA, data);
			int result = (int) epollControl.invokeExact(buffers.state, epoll, operation, descriptor, event);
			return result < 0 ? buffers.error() : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Waits for events, as long as it takes. @return how many there are */
	int epollWait(int epoll, MemorySegment events, Buffers buffers) {
		try {
			int most = (int) (events.byteSize() / EPOLL_EVENT_SIZE);
			int result = (int) epollWait.invokeExact(buffers.state, epoll, events, most, -1);
			return result < 0 ? buffers.error() : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** @return the data of an event that {@link #epollWait} found */
	static long data(MemorySegment events, int index) {
		return events.get(JAVA_LONG.withByteAlignment(1), (long) index * EPOLL_EVENT_SIZE + EPOLL_EVENT_DATA);
	}

	/** Method handles declare every exception; these throw none but errors. */
	private static RuntimeException failed(Throwable e) {
		if (e instanceof Error error) {
			throw error;
		}
		return e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
	}
}
