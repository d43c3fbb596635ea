package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * System calls, raw, for one thread: addresses and sizes are not checked, and a result below 0 is an error number, negated.
 */
public final class Kernel {
	private static final MethodHandle SYSCALL = link();

	private final MemorySegment errno;

	/** @param arena memory for the error number; as long as it lives, calls can be made */
	public Kernel(Arena arena) {
		errno = arena.allocate(Linker.Option.captureStateLayout());
	}

	/** syscall(2) is variadic, but what it takes are six words whatever the call. */
	@SuppressWarnings("restricted")
	private static MethodHandle link() {
		Linker linker = Linker.nativeLinker();
		return linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
			FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
			Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState("errno"));
	}

	/** @return the call's result, or -errno */
	long call(int number, long a, long b, long c, long d, long e, long f) {
		long result;
		try {
			result = (long) SYSCALL.invokeExact(errno, (long) number, a, b, c, d, e, f);
		} catch (Throwable t) {
			throw new AssertionError("system call " + number + " threw", t);
		}
		return result == -1 ? -errno.get(JAVA_INT, 0) : result;
	}

	long call(int number, long a, long b, long c, long d) {
		return call(number, a, b, c, d, 0, 0);
	}

	long call(int number, long a, long b, long c) {
		return call(number, a, b, c, 0, 0, 0);
	}

	/** @return the call's result @throws LinuxException if it is an error; {@code what} says what failed */
	long require(String what, int number, long a, long b, long c, long d, long e, long f) {
		long result = call(number, a, b, c, d, e, f);
		if (result < 0) {
			throw new LinuxException(what, (int) -result);
		}
		return result;
	}

	/** As {@link #require(String, int, long, long, long, long, long, long)}. */
	long require(String what, int number, long a, long b, long c) {
		return require(what, number, a, b, c, 0, 0, 0);
	}

	/** Closes a descriptor. */
	public void close(int descriptor) {
		call(SystemCall.CLOSE, descriptor, 0, 0);
	}
}
