package mshv.core.root;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Time that a processor has been run for. One thread starts and stops it; any thread may read it. A reading of the system's clock costs a
 * fifth of a short exit, so the clock runs on over accesses to devices: see {@link mshv.api.VpStatistics#runTime}.
 * One word holds all of it, so a reader never sees half a change: the total while it stands, and while it runs the complement of the
 * time since creation that it stood.
 */
final class RunClock {
	private static final VarHandle WORD;

	static {
		try {
			WORD = MethodHandles.lookup().findVarHandle(RunClock.class, "word", long.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	private final long created = System.nanoTime();
	private long word;

	/** Does nothing to a clock that runs. */
	void start() {
		if (word >= 0) {
			WORD.setOpaque(this, ~(System.nanoTime() - created - word));
		}
	}

	/** Does nothing to a clock that stands. */
	void stop() {
		if (word < 0) {
			WORD.setOpaque(this, System.nanoTime() - created - ~word);
		}
	}

	/** @return nanoseconds, those of a run under way included */
	long nanoseconds() {
		long now = (long) WORD.getOpaque(this);
		return now >= 0 ? now : System.nanoTime() - created - ~now;
	}
}
