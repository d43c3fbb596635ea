package mshv.backend.mshv;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** What is needed of the C library. A result below 0 is an error number, negated. Safe for use by many threads. */
@SuppressWarnings("restricted")
final class Kernel {
	/** Interrupted by a signal. */
	static final int EINTR = 4;

	private static final int O_RDWR = 2;
	private static final int O_CLOEXEC = 0x80000;
	private static final int PROT_READ_WRITE = 3;
	private static final int MAP_SHARED = 1;
	/** SIGURG: nobody's who does not ask for it, not the virtual machine's either, and never pending twice, as a real-time signal would be. */
	private static final int WAKE = 23;
	/** Size of struct sigaction in bytes: handler, mask of 128 bytes, flags, restorer. */
	private static final int SIGACTION_SIZE = 152;

	private static final StructLayout STATE = Linker.Option.captureStateLayout();
	private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

	private final MethodHandle open;
	private final MethodHandle ioctl;
	private final MethodHandle mmap;
	private final MethodHandle munmap;
	private final MethodHandle close;
	private final MethodHandle thread;
	private final MethodHandle signal;
	private final int process;

	/** Links the functions, and makes {@link #wake} possible.
	 * @throws UnsatisfiedLinkError if the C library lacks one
	 * @throws IllegalCallerException if native access is denied */
	Kernel() {
		open = link("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
		ioctl = link("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
		mmap = link("mmap", 6, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
		munmap = link("munmap", 2, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
		close = link("close", 1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));
		thread = link("gettid", 0, FunctionDescriptor.of(JAVA_INT));
		signal = link("tgkill", 3, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
		process = (int) ProcessHandle.current().pid();
		catchWake();
	}

	private static MethodHandle link(String name, int fixed, FunctionDescriptor type) {
		Linker linker = Linker.nativeLinker();
		MemorySegment function = linker.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError(name));
		Linker.Option errno = Linker.Option.captureCallState("errno");
		return type.argumentLayouts().size() > fixed
			? linker.downcallHandle(function, type, errno, Linker.Option.firstVariadicArg(fixed)) : linker.downcallHandle(function, type, errno);
	}

	/**
	 * The signal must end an ioctl and do nothing else: its handler is a function of the C library that only tells the process's number, and
	 * it is installed without SA_RESTART. It stays for good, as a signal may still be on its way when everything else has ended.
	 */
	private static void catchWake() {
		MethodHandle sigaction = link("sigaction", 3, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment action = arena.allocate(SIGACTION_SIZE, 8);
			action.set(ADDRESS, 0, Linker.nativeLinker().defaultLookup().findOrThrow("getpid"));
			int result = (int) sigaction.invokeExact(arena.allocate(STATE), WAKE, action, MemorySegment.NULL);
			if (result < 0) {
				throw new UnsatisfiedLinkError("sigaction");
			}
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Opens a file to read and write. @return its descriptor */
	int open(String path) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment state = arena.allocate(STATE);
			int result = (int) open.invokeExact(state, arena.allocateFrom(path), O_RDWR | O_CLOEXEC, 0);
			return result < 0 ? error(state) : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** @return memory for {@link #ioctl(int, int, long, MemorySegment)}, for one thread at a time */
	static MemorySegment errorState(Arena arena) {
		return arena.allocate(STATE);
	}

	/** @param command all 32 bits @param argument a number or an address */
	int ioctl(int descriptor, int command, long argument, MemorySegment state) {
		try {
			int result = (int) ioctl.invokeExact(state, descriptor, command & 0xFFFFFFFFL, argument);
			return result < 0 ? error(state) : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Maps a part of a file, shared. @return address, or an error number, negated */
	long map(int descriptor, long size, long offset) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment state = arena.allocate(STATE);
			long result = (long) mmap.invokeExact(state, 0L, size, PROT_READ_WRITE, MAP_SHARED, descriptor, offset);
			return result == -1 ? error(state) : result;
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Undoes {@link #map}. */
	void unmap(long address, long size) {
		try (Arena arena = Arena.ofConfined()) {
			int ignored = (int) munmap.invokeExact(arena.allocate(STATE), address, size);
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Closes a descriptor. */
	void close(int descriptor) {
		try (Arena arena = Arena.ofConfined()) {
			int ignored = (int) close.invokeExact(arena.allocate(STATE), descriptor);
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** @return the kernel's number of this thread */
	int thread() {
		try (Arena arena = Arena.ofConfined()) {
			return (int) thread.invokeExact(arena.allocate(STATE));
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	/** Ends the ioctl that a thread of this process waits in, if there is one, with EINTR. */
	void wake(int number) {
		try (Arena arena = Arena.ofConfined()) {
			int ignored = (int) signal.invokeExact(arena.allocate(STATE), process, number, WAKE);
		} catch (Throwable e) {
			throw failed(e);
		}
	}

	private static int error(MemorySegment state) {
		return -(int) ERRNO.get(state, 0L);
	}

	/** Method handles declare every exception; these throw none but errors. */
	private static RuntimeException failed(Throwable e) {
		if (e instanceof Error error) {
			throw error;
		}
		return e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
	}
}
