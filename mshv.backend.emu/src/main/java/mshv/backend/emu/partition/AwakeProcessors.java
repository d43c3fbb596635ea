package mshv.backend.emu.partition;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the processors of all partitions that are not blocked: so many threads may want a core of the host. Any thread. */
public final class AwakeProcessors {
	private static final int CORES = Runtime.getRuntime().availableProcessors();

	private final AtomicInteger count = new AtomicInteger();

	/** A processor runs. */
	void add() {
		count.incrementAndGet();
	}

	/** A processor blocks, or is gone. */
	void remove() {
		count.decrementAndGet();
	}

	/** @return true if a processor that does not block leaves a core to whoever may have something for it */
	boolean leaveACore() {
		return count.get() < CORES;
	}
}
