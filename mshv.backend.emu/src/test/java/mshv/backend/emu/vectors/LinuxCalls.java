package mshv.backend.emu.vectors;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The C library functions that tracing needs, each failing with {@link IllegalStateException}. Linux on x86-64 only. */
final class LinuxCalls {
	/** Bytes of a cpu_set_t. */
	private static final long CPU_SET = 128;
	private static final Linker LINKER = Linker.nativeLinker();
	private static final MethodHandle PTRACE =
			handle("ptrace", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS), Linker.Option.firstVariadicArg(1));
	private static final MethodHandle WAITPID = handle("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
	private static final MethodHandle MEMFD_CREATE = handle("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
	private static final MethodHandle FTRUNCATE = handle("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
	private static final MethodHandle MMAP =
			handle("mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
	private static final MethodHandle MUNMAP = handle("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
	private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
	private static final MethodHandle KILL = handle("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
	private static final MethodHandle SCHED_GETCPU = handle("sched_getcpu", FunctionDescriptor.of(JAVA_INT));
	private static final MethodHandle SCHED_GETAFFINITY = affinity("sched_getaffinity");
	private static final MethodHandle SCHED_SETAFFINITY = affinity("sched_setaffinity");
	private static final MethodHandle POSIX_SPAWN =
			handle("posix_spawn", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));

	private LinuxCalls() {
	}

	@SuppressWarnings("restricted")
	private static MethodHandle handle(String name, FunctionDescriptor descriptor, Linker.Option... options) {
		return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
	}

	private static MethodHandle affinity(String name) {
		return handle(name, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
	}

	/** Ties the calling thread to the processor it is on and returns the set it was tied to before. */
	static MemorySegment tieToProcessor(Arena arena) {
		MemorySegment before = arena.allocate(CPU_SET, 8);
		MemorySegment one = arena.allocate(CPU_SET, 8);
		try {
			check((int) SCHED_GETAFFINITY.invokeExact(0, CPU_SET, before) == 0, "sched_getaffinity");
			int cpu = (int) SCHED_GETCPU.invokeExact();
			check(cpu >= 0 && cpu < 8 * CPU_SET, "sched_getcpu");
			one.set(JAVA_BYTE, cpu / 8, (byte) (1 << cpu % 8));
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
		tie(one);
		return before;
	}

	/** Ties the calling thread to a set of processors. */
	static void tie(MemorySegment set) {
		try {
			check((int) SCHED_SETAFFINITY.invokeExact(0, CPU_SET, set) == 0, "sched_setaffinity");
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	static void ptrace(int request, int pid, long address, MemorySegment data) {
		long result;
		try {
			result = (long) PTRACE.invokeExact(request, pid, MemorySegment.ofAddress(address), data);
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
		check(result >= 0, "ptrace");
	}

	/** Waits for the traced process and returns its wait status. */
	static int waitFor(int pid, MemorySegment status) {
		final int anyKindOfChild = 0x40000000;
		int result;
		try {
			result = (int) WAITPID.invokeExact(pid, status, anyKindOfChild);
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
		check(result == pid, "waitpid");
		return status.get(JAVA_INT, 0);
	}

	/** A shared memory file that child processes inherit. */
	static int memoryFile(Arena arena, long size) {
		try {
			int fd = (int) MEMFD_CREATE.invokeExact(arena.allocateFrom("vectors"), 0);
			check(fd >= 0, "memfd_create");
			check((int) FTRUNCATE.invokeExact(fd, size) == 0, "ftruncate");
			return fd;
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	/** Maps a file shared, for reading and writing, until the arena closes. */
	@SuppressWarnings("restricted")
	static MemorySegment map(Arena arena, int fd, long size) {
		MemorySegment address;
		try {
			address = (MemorySegment) MMAP.invokeExact(MemorySegment.NULL, size, 3, 1, fd, 0L);
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
		check(address.address() != -1, "mmap");
		return address.reinterpret(size, arena, mapping -> unmap(mapping.address(), size));
	}

	private static void unmap(long address, long size) {
		try {
			check((int) MUNMAP.invokeExact(MemorySegment.ofAddress(address), size) == 0, "munmap");
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	static void close(int fd) {
		try {
			check((int) CLOSE.invokeExact(fd) == 0, "close");
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	static void kill(int pid) {
		try {
			check((int) KILL.invokeExact(pid, 9) == 0, "kill");
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	/** Starts a program as a child of the calling thread, which the JVM's process reaper does not know. */
	static int spawn(Path program) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment path = arena.allocateFrom(program.toString());
			MemorySegment vector = arena.allocate(MemoryLayout.sequenceLayout(2, ADDRESS));
			vector.set(ADDRESS, 0, path);
			MemorySegment pid = arena.allocate(JAVA_INT);
			MemorySegment environment = vector.asSlice(ADDRESS.byteSize());
			int error;
			try {
				error = (int) POSIX_SPAWN.invokeExact(pid, path, MemorySegment.NULL, MemorySegment.NULL, vector, environment);
			} catch (Throwable e) {
				throw new AssertionError(e);
			}
			check(error == 0, "posix_spawn");
			return pid.get(JAVA_INT, 0);
		}
	}

	private static void check(boolean success, String call) {
		if (!success) {
			throw new IllegalStateException(call + " failed");
		}
	}
}
