package mshv.core.root;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the processors of all partitions that are not known to sleep: as many threads may want a core of the host. Any thread. */
final class AwakeProcessors {
	private static final int CORES = Runtime.getRuntime().availableProcessors();

	private final AtomicInteger count = new AtomicInteger();

	/** A processor was made, or wakes up. */
	void add() {
		count.incrementAndGet();
	}

	/** A processor sleeps, or is gone. */
	void remove() {
		count.decrementAndGet();
	}

	/** @return true if a processor that stays awake leaves a core to whoever may have something for it */
	boolean leaveACore() {
		return count.get() < CORES;
	}
}
