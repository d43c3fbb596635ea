package mshv.backend.emu.guest;

import mshv.backend.emu.apic.ApicClock;

/** The clock of one processor: the partition's, with the processor's own time-stamp counter. */
public final class VpClock implements ApicClock {
	private final GuestClock clock;
	/** Added to the partition's counter; changed on the processor's thread or while it stands. */
	private volatile long offset;
	private long last;

	/** A clock in step with the partition's. */
	public VpClock(GuestClock clock) {
		this.clock = clock;
	}

	@Override
	public long nanoseconds() {
		return clock.nanoseconds();
	}

	@Override
	public boolean frozen() {
		return clock.frozen();
	}

	@Override
	public long nanosecondsAt(long timeStamp) {
		// Deadlines are unsigned: one with bit 63 set is later than any clock gets
		long wanted = timeStamp - offset;
		if (wanted < 0) {
			return timeStamp < 0 && offset >= 0 ? Long.MAX_VALUE : 0;
		}
		return clock.nanosecondsAt(wanted);
	}

	/** @return time-stamp counter, greater than at the call before; on the processor's thread or while it stands */
	public long timeStampCounter() {
		long value = clock.timeStampCounter() + offset;
		if (value - last <= 0) {
			value = last + 1;
		}
		last = value;
		return value;
	}

	/** Sets the time-stamp counter; on the processor's thread or while it stands. */
	public void setTimeStampCounter(long value) {
		offset = value - clock.timeStampCounter();
		last = value - 1;
	}

	/** @return what is added to the partition's counter */
	long offset() {
		return offset;
	}
}
