package mshv.core.root;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Time that a processor has spent in guest execution. One thread starts and stops it; any thread may read it.
 * One word holds all of it, so a reader never sees half a change: the total while it stands, and while it runs the complement of the
 * time since creation that was not guest execution.
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

	void start() {
		WORD.setOpaque(this, ~(System.nanoTime() - created - word));
	}

	void stop() {
		WORD.setOpaque(this, System.nanoTime() - created - ~word);
	}

	/** @return nanoseconds, those of a run under way included */
	long nanoseconds() {
		long now = (long) WORD.getOpaque(this);
		return now >= 0 ? now : System.nanoTime() - created - ~now;
	}
}
