package mshv.backend.emu.partition;

import java.util.concurrent.Future;

import mshv.backend.emu.apic.TimerQueue;

/** The longest time that a dispatch of a processor may take. */
final class TimeSlice {
	private final TimerQueue timers;
	private final Runnable stop;
	private volatile boolean over;
	private volatile long number;
	private Future<?> inQueue;

	/** @param stop makes the run look at {@link #over} soon */
	TimeSlice(TimerQueue timers, Runnable stop) {
		this.timers = timers;
		this.stop = stop;
	}

	/** @param length in 100 ns, as an unsigned number */
	void begin(long length) {
		long begun = number;
		inQueue = timers.schedule(() -> pass(begun), length > Long.MAX_VALUE / 100 || length < 0 ? Long.MAX_VALUE : length * 100);
	}

	void end() {
		inQueue.cancel(false);
		number++;
		over = false;
	}

	boolean over() {
		return over;
	}

	/** A timer of an earlier slice that comes late does no harm: it makes the run look around. */
	private void pass(long begun) {
		if (begun == number) {
			over = true;
			stop.run();
		}
	}
}
