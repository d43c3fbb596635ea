package mshv.run.client;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.Consumer;

import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvRootHvcall;

/** {@code /dev/mshv} as any program uses it: open, ioctl, mmap and close of the C library. Results below 0 are error numbers. */
final class Device {
	static final int O_RDWR = 2;
	static final int PROT_READ_WRITE = 3;
	static final int MAP_SHARED = 1;
	static final int MAP_PRIVATE = 2;
	static final int MAP_ANONYMOUS = 0x20;

	private static final MemoryLayout ERRNO = Linker.Option.captureStateLayout();
	private static final MethodHandle OPEN = link("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
	private static final MethodHandle IOCTL = link("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
	private static final MethodHandle MMAP = link("mmap", 6,
		FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
	private static final MethodHandle CLOSE = link("close", 1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));
	private static final MethodHandle MUNMAP = link("munmap", 2, FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
	private static final MethodHandle MEMFD = link("memfd_create", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
	private static final MethodHandle FTRUNCATE = link("ftruncate", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
	private static final MethodHandle EVENTFD = link("eventfd", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
	private static final MethodHandle DUP = link("dup", 1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));

	private final Arena arena = Arena.ofAuto();
	private final MemorySegment errno = arena.allocate(ERRNO);

	@SuppressWarnings("restricted")
	private static MethodHandle link(String name, int fixed, FunctionDescriptor type) {
		Linker linker = Linker.nativeLinker();
		return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"),
			Linker.Option.firstVariadicArg(fixed));
	}

	int open(String path, int flags) {
		try {
			return result((int) OPEN.invokeExact(errno, arena.allocateFrom(path), flags, 0));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int ioctl(int descriptor, int command, long argument) {
		try {
			return result((int) IOCTL.invokeExact(errno, descriptor, command & 0xFFFFFFFFL, argument));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int ioctl(int descriptor, int command, MemorySegment argument) {
		return ioctl(descriptor, command, argument.address());
	}

	/** Encodes the argument first. */
	int ioctl(int descriptor, int command, int size, Consumer<MemorySegment> argument) {
		MemorySegment memory = arena.allocate(size, 8);
		argument.accept(memory);
		return ioctl(descriptor, command, memory);
	}

	/** @return status of the hypercall, or -errno if the driver refused it */
	int hypercall(int descriptor, int code, int reps, MemorySegment input, MemorySegment output) {
		MemorySegment memory = arena.allocate(MshvRootHvcall.SIZE, 8);
		new MshvRootHvcall(code, reps, (int) input.byteSize(), output == null ? 0 : (int) output.byteSize(), 0, input.address(),
			output == null ? 0 : output.address()).encode(memory);
		int result = ioctl(descriptor, MshvIoctl.ROOT_HVCALL, memory);
		int status = MshvRootHvcall.decode(memory).status();
		return status != 0 ? status : result;
	}

	@SuppressWarnings("restricted")
	MemorySegment map(int descriptor, long size, int flags, long offset) {
		try {
			long address = (long) MMAP.invokeExact(errno, MemorySegment.NULL, size, PROT_READ_WRITE, flags, descriptor, offset);
			if (address == -1) {
				throw new IllegalStateException("mmap: errno " + errno.get(JAVA_INT, 0));
			}
			return MemorySegment.ofAddress(address).reinterpret(size);
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int unmap(MemorySegment memory) {
		try {
			return result((int) MUNMAP.invokeExact(errno, memory.address(), memory.byteSize()));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	/** @return a file in memory */
	int file(long size) {
		try {
			int descriptor = result((int) MEMFD.invokeExact(errno, arena.allocateFrom("guest"), 0));
			resize(descriptor, size);
			return descriptor;
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int resize(int descriptor, long size) {
		try {
			return result((int) FTRUNCATE.invokeExact(errno, descriptor, size));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int eventfd() {
		try {
			return result((int) EVENTFD.invokeExact(errno, 0, 0));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int close(int descriptor) {
		try {
			return result((int) CLOSE.invokeExact(errno, descriptor));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	int dup(int descriptor) {
		try {
			return result((int) DUP.invokeExact(errno, descriptor));
		} catch (Throwable e) {
			throw new AssertionError(e);
		}
	}

	MemorySegment allocate(long size) {
		return arena.allocate(size, 8);
	}

	/** @throws IllegalStateException if the result is an error */
	static void require(int result) {
		if (result < 0) {
			throw new IllegalStateException("errno " + -result);
		}
	}

	private int result(int result) {
		return result == -1 ? -errno.get(JAVA_INT, 0) : result;
	}
}
