package mshv.backend.emu.apic;

/**
 * The timer of a local APIC (Intel SDM vol. 3, 11.5.4): counts down guest time, or waits for a value of the time-stamp counter.
 * Any thread.
 */
final class ApicTimer {
	/** Frequency of the count before the divider, Hz: one count a nanosecond. */
	static final long FREQUENCY = 1_000_000_000;

	/** Modes, as in bits 17 and 18 of the timer's LVT entry. */
	static final int ONE_SHOT = 0, PERIODIC = 1, TSC_DEADLINE = 2;

	private static final long NEVER = Long.MAX_VALUE;
	/** Shortest delay between two wake-ups of a periodic timer in ns: what the guest asks for in excess is merged, as IRR would. */
	private static final long SHORTEST = 50_000;

	private final ApicClock clock;
	private final Runnable expiry;
	private final WakeUp wakeUp;

	private int mode;
	private int initialCount;
	private int divideRegister;
	private long timeStampDeadline;
	/** Guest time of the expiry. */
	private volatile long deadline = NEVER;

	/** @param expiry called once an expiry, on the queue's thread or on the caller's of {@link #poll} */
	ApicTimer(ApicClock clock, TimerQueue queue, WakeUp.Keeper keeper, Runnable expiry) {
		this.clock = clock;
		wakeUp = new WakeUp(queue, keeper, this::wakeUp);
		this.expiry = expiry;
	}

	/** Forgets everything: the state after RESET. */
	synchronized void reset() {
		mode = ONE_SHOT;
		initialCount = 0;
		divideRegister = 0;
		timeStampDeadline = 0;
		deadline = NEVER;
	}

	/** Stops for good. */
	synchronized void close() {
		reset();
		wakeUp.cancel();
	}

	synchronized void setMode(int mode) {
		if (mode == TSC_DEADLINE != (this.mode == TSC_DEADLINE)) {
			deadline = NEVER;
			initialCount = 0;
			timeStampDeadline = 0;
		}
		this.mode = mode;
	}

	synchronized int initialCount() {
		return initialCount;
	}

	synchronized void setInitialCount(int count) {
		if (mode != TSC_DEADLINE) {
			initialCount = count;
			start(count);
		}
	}

	/** Restores both counts: the timer goes on from the current one. */
	synchronized void restoreCounts(int initial, int current) {
		if (mode != TSC_DEADLINE) {
			initialCount = initial;
			start(current);
		}
	}

	private void start(int count) {
		if (count == 0) {
			deadline = NEVER;
		} else {
			arm(clock.nanoseconds() + period(count));
		}
	}

	/** @return ns that {@code count} takes */
	private long period(int count) {
		return (count & 0xFFFFFFFFL) * divisor();
	}

	synchronized int currentCount() {
		long at = deadline;
		if (at == NEVER || mode == TSC_DEADLINE) {
			return 0;
		}
		long left = at - clock.nanoseconds();
		if (left <= 0) {
			if (mode == ONE_SHOT) {
				return 0;
			}
			long period = period(initialCount);
			left = period - -left % period;
		}
		return (int) ((left + divisor() - 1) / divisor());
	}

	synchronized int divideRegister() {
		return divideRegister;
	}

	synchronized void setDivideRegister(int value) {
		int count = currentCount();
		divideRegister = value & 0xB;
		if (deadline != NEVER && mode != TSC_DEADLINE) {
			arm(clock.nanoseconds() + period(count));
		}
	}

	private int divisor() {
		int code = divideRegister & 3 | divideRegister >> 1 & 4;
		return code == 7 ? 1 : 2 << code;
	}

	/** @return IA32_TSC_DEADLINE */
	synchronized long timeStampDeadline() {
		return timeStampDeadline;
	}

	/** Writes IA32_TSC_DEADLINE; ignored in other modes (Intel SDM vol. 3, 11.5.4.1). */
	synchronized void setTimeStampDeadline(long timeStamp) {
		if (mode == TSC_DEADLINE) {
			timeStampDeadline = timeStamp;
			if (timeStamp == 0) {
				deadline = NEVER;
			} else {
				arm(clock.nanosecondsAt(timeStamp));
			}
		}
	}

	/** The clock was changed or started again: looks when to expire now. */
	synchronized void clockChanged() {
		if (mode == TSC_DEADLINE) {
			setTimeStampDeadline(timeStampDeadline);
		} else {
			release();
		}
	}

	private void arm(long at) {
		deadline = at;
		if (runs()) {
			wakeUp.within(left());
		}
	}

	private boolean runs() {
		return deadline != NEVER && !clock.frozen();
	}

	private long left() {
		return Math.max(0, deadline - clock.nanoseconds());
	}

	/** Leaves it to the caller to {@link #poll} in time, until the timer is set or {@link #release}.
	 * @return nanoseconds until then, Long.MAX_VALUE if the timer does not run */
	synchronized long hold() {
		if (!runs()) {
			return NEVER;
		}
		wakeUp.hold();
		return left();
	}

	/** Has the queue see to the timer, which ends {@link #hold}. */
	synchronized void release() {
		if (runs()) {
			wakeUp.enqueue(left());
		}
	}

	private void wakeUp() {
		if (!poll()) {
			release();
		}
	}

	/** Expires if it is time to. @return true if the timer expired */
	boolean poll() {
		if (deadline == NEVER) {
			return false;
		}
		synchronized (this) {
			long now = clock.nanoseconds();
			if (deadline > now) {
				return false;
			}
			if (mode == PERIODIC && initialCount != 0) {
				long period = period(initialCount);
				long next = deadline + period;
				if (next <= now) {
					next = now + period - (now - deadline) % period;
				}
				deadline = next;
				wakeUp.within(Math.max(deadline - now, SHORTEST));
			} else {
				deadline = NEVER;
				timeStampDeadline = 0;
			}
		}
		expiry.run();
		return true;
	}
}
