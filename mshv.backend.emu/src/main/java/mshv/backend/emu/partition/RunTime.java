package mshv.backend.emu.partition;

import mshv.backend.emu.guest.GuestClock;

/** How long a processor has run (HV_X64_MSR_VP_RUNTIME): until it blocks, exits included, since a reading of the clock for each would make
 * them dearer. On the processor's thread, or while it stands. */
final class RunTime {
	private final GuestClock clock;
	private final AwakeProcessors processors;
	private boolean awake;
	/** Guest time in nanoseconds. */
	private long total, awakeSince;

	RunTime(GuestClock clock, AwakeProcessors processors) {
		this.clock = clock;
		this.processors = processors;
	}

	/** The processor executes. */
	void goOn() {
		if (!awake) {
			awake = true;
			processors.add();
			awakeSince = clock.nanoseconds();
		}
	}

	/** The processor blocks, or goes away. */
	void pause() {
		if (awake) {
			awake = false;
			processors.remove();
			total += clock.nanoseconds() - awakeSince;
		}
	}

	/** @return guest time in 100 ns */
	long register() {
		return (total + (awake ? clock.nanoseconds() - awakeSince : 0)) / 100;
	}
}
