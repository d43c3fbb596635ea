package mshv.backend.emu.synic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One synthetic timer (TLFS 12.3.1); times are reference times in units of 100 ns. Under the lock of {@link SyntheticTimers}. */
final class SyntheticTimer {
	/** Time of a timer that does not expire. */
	static final long NEVER = Long.MAX_VALUE;
	/** Bits of the configuration: those of every timer, and those of timers that may be direct. */
	static final long BITS = 0xF_000F, DIRECT_BITS = 0x1FF0;
	/** HV_MESSAGE_TYPE of an expiry. */
	static final int TIMER_EXPIRED = 0x80000010;

	private static final long ENABLE = 1, PERIODIC = 2, LAZY = 4, AUTO_ENABLE = 8, DIRECT = 1 << 12;
	private static final int PAYLOAD_SIZE = 24;

	private final int number;
	private final Synic synic;
	private long config;
	private long count;
	/** Next expiry. */
	private long expiry = NEVER;
	/** The message of an expiry waits for its slot; a timer does not run meanwhile. */
	private boolean undelivered;
	private long undeliveredExpiry;

	SyntheticTimer(int number, Synic synic) {
		this.number = number;
		this.synic = synic;
	}

	long config() {
		return config;
	}

	long count() {
		return count;
	}

	long expiry() {
		return expiry;
	}

	boolean undelivered() {
		return undelivered;
	}

	long undeliveredExpiry() {
		return undeliveredExpiry;
	}

	/** @return next expiry of a periodic timer, 0 if it does not run or its count says it */
	long adjustment() {
		return (config & PERIODIC) != 0 && expiry != NEVER ? expiry : 0;
	}

	void setConfig(long value, long now) {
		config = value;
		start(now);
	}

	void setCount(long value, long now) {
		count = value;
		if (value == 0) {
			config &= ~ENABLE;
		} else if ((config & AUTO_ENABLE) != 0) {
			config |= ENABLE;
		}
		start(now);
	}

	void restore(long savedConfig, long savedCount, long adjustment, boolean savedUndelivered, long savedExpiry, long now) {
		config = savedConfig;
		count = savedCount;
		start(now);
		if (adjustment > 0 && expiry != NEVER && (config & PERIODIC) != 0) {
			expiry = adjustment;
		}
		undelivered = savedUndelivered;
		undeliveredExpiry = savedUndelivered ? savedExpiry : 0;
		if (savedUndelivered) {
			expiry = NEVER;
		}
	}

	private int sint() {
		return (int) (config >>> 16) & 0xF;
	}

	private void start(long now) {
		undelivered = false;
		undeliveredExpiry = 0;
		expiry = NEVER;
		if ((config & DIRECT) == 0 && sint() == 0) {
			// SINT 0 is not for timers
			config &= ~ENABLE;
		}
		if ((config & ENABLE) != 0 && count > 0) {
			expiry = (config & PERIODIC) != 0 ? now + count : count;
			if (expiry < 0) {
				expiry = NEVER;
			}
		}
	}

	/** Expires if it is time to, or tries once more to deliver. @return true if the expiry was delivered */
	boolean expire(long now) {
		long due = undelivered ? undeliveredExpiry : expiry;
		if (due > now && !undelivered || due == NEVER) {
			return false;
		}
		if (!deliver(due, now)) {
			undelivered = true;
			undeliveredExpiry = due;
			expiry = NEVER;
			return false;
		}
		undelivered = false;
		undeliveredExpiry = 0;
		if ((config & PERIODIC) == 0) {
			config &= ~ENABLE;
			expiry = NEVER;
		} else {
			expiry = due + count;
			if ((config & LAZY) != 0 && expiry <= now) {
				expiry = now + count - (now - due) % count;
			}
			if (expiry < 0) {
				expiry = NEVER;
			}
		}
		return true;
	}

	private boolean deliver(long due, long now) {
		if ((config & DIRECT) != 0) {
			synic.raiseVector((int) (config >>> 4) & 0xFF);
			return true;
		}
		ByteBuffer payload = ByteBuffer.allocate(PAYLOAD_SIZE).order(ByteOrder.LITTLE_ENDIAN);
		payload.putInt(number).putInt(0).putLong(due).putLong(now);
		return synic.offer(sint(), new Message(TIMER_EXPIRED, 0, payload.array()));
	}
}
