package mshv.backend.emu.partition;

/**
 * How long a processor has run (HV_X64_MSR_VP_RUNTIME): until it blocks, is suspended or has an intercept that a device does not complete.
 * Accesses to devices count as run, since a reading of the clock for each would make them dearer. Any thread.
 */
final class RunTime {
	private final AwakeProcessors processors;
	private volatile boolean awake;
	/** Nanoseconds. */
	private long total;
	/** Of {@link System#nanoTime}. */
	private long awakeSince;

	RunTime(AwakeProcessors processors) {
		this.processors = processors;
	}

	/** The processor executes. */
	void goOn() {
		if (!awake) {
			begin();
		}
	}

	private synchronized void begin() {
		if (!awake) {
			awakeSince = System.nanoTime();
			awake = true;
			processors.add();
		}
	}

	/** The processor stands. */
	synchronized void pause() {
		if (awake) {
			total += System.nanoTime() - awakeSince;
			awake = false;
			processors.remove();
		}
	}

	/** @return units of 100 ns */
	synchronized long register() {
		return (total + (awake ? System.nanoTime() - awakeSince : 0)) / 100;
	}
}
