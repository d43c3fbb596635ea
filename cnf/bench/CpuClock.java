import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The CPU time a process has used, to the nanosecond and with the threads that have ended, from its POSIX clock. */
final class CpuClock {
	private static final int TIMESPEC_BYTES = 16;
	private final MethodHandle getClock;
	private final MethodHandle getTime;

	@SuppressWarnings("restricted")
	CpuClock() throws Failure {
		if (!System.getProperty("os.name").equals("Linux")) {
			throw new Failure(Failure.MISSING, "--cpu needs Linux");
		}
		Linker linker = Linker.nativeLinker();
		SymbolLookup library = linker.defaultLookup();
		getClock = linker.downcallHandle(library.findOrThrow("clock_getcpuclockid"),
			FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
		getTime = linker.downcallHandle(library.findOrThrow("clock_gettime"),
			FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
	}

	/** In nanoseconds, or -1 if there is no such process any more. */
	long read(long pid) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment clock = arena.allocate(ValueLayout.JAVA_INT);
			MemorySegment time = arena.allocate(TIMESPEC_BYTES, Long.BYTES);
			if ((int) getClock.invokeExact((int) pid, clock) != 0
					|| (int) getTime.invokeExact(clock.get(ValueLayout.JAVA_INT, 0), time) != 0) {
				return -1;
			}
			return time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L + time.get(ValueLayout.JAVA_LONG, Long.BYTES);
		} catch (Throwable failure) {
			throw new IllegalStateException("clock_gettime cannot be called", failure);
		}
	}
}
