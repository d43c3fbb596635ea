package mshv.backend.emu.synic;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.apic.WakeUp;
import mshv.backend.emu.guest.GuestClock;

/**
 * The four synthetic timers of one processor (TLFS 12.3), on the partition's reference time. Any thread.
 * One wake-up in the queue serves all four.
 */
public final class SyntheticTimers {
	/** Number of timers. */
	public static final int COUNT = 4;
	/** Size of the saved state in bytes. */
	public static final int STATE_SIZE = 200;

	private static final int TIMER_STATE_SIZE = 40;
	private static final int UNDELIVERED = 1;
	private static final int CONFIG_AT = 8, COUNT_AT = 16, ADJUSTMENT_AT = 24, EXPIRY_AT = 32;
	private static final long NEVER = SyntheticTimer.NEVER;
	/** Nanoseconds of a unit of reference time. */
	private static final long UNIT = 1_000_000_000 / GuestClock.REFERENCE_FREQUENCY;
	/** Shortest time between two expiries of a periodic timer, in reference time: a guest cannot keep the queue's thread busy. */
	private static final long SHORTEST = 500;

	private final GuestClock clock;
	private final boolean direct;
	private final SyntheticTimer[] timers = new SyntheticTimer[COUNT];
	private final WakeUp wakeUp;
	/** Earliest expiry. */
	private volatile long next = NEVER;
	/** An expiry could not be delivered. */
	private volatile boolean undelivered;
	private boolean closed;

	/** Timers that are disabled.
	 * @param direct whether a timer may raise an interrupt itself instead of sending a message */
	public SyntheticTimers(GuestClock clock, TimerQueue queue, WakeUp.Keeper keeper, Synic synic, boolean direct) {
		this.clock = clock;
		wakeUp = new WakeUp(queue, keeper, this::clockChanged);
		this.direct = direct;
		for (int i = 0; i < COUNT; i++) {
			timers[i] = new SyntheticTimer(i, synic);
		}
	}

	/** @param register twice the timer's number, plus 1 for its count instead of its configuration */
	public synchronized long read(int register) {
		SyntheticTimer timer = timers[register >> 1];
		return (register & 1) == 0 ? timer.config() : timer.count();
	}

	/** @param register as in {@link #read}
	 * @return false if the value has a reserved bit: nothing has changed */
	public synchronized boolean write(int register, long value) {
		SyntheticTimer timer = timers[register >> 1];
		long now = clock.referenceTime();
		if ((register & 1) != 0) {
			timer.setCount(value, now);
		} else if ((value & ~(direct ? SyntheticTimer.BITS | SyntheticTimer.DIRECT_BITS : SyntheticTimer.BITS)) != 0) {
			return false;
		} else {
			timer.setConfig(value, now);
		}
		expire(now);
		return true;
	}

	/** Lets timers expire whose time has come. */
	public void poll() {
		if (next != NEVER && next <= clock.referenceTime()) {
			synchronized (this) {
				expire(clock.referenceTime());
			}
		}
	}

	/** Slots may have become free: expiries that were not delivered are tried again. */
	public void retry() {
		if (undelivered) {
			synchronized (this) {
				expire(clock.referenceTime());
			}
		}
	}

	/** Reference time was set or goes on: looks when to expire now. */
	public synchronized void clockChanged() {
		expire(clock.referenceTime());
	}

	/** Leaves it to the caller to {@link #poll} in time, until a timer is set or {@link #release}.
	 * @return nanoseconds until then, Long.MAX_VALUE if no timer runs */
	public synchronized long hold() {
		if (!runs()) {
			return Long.MAX_VALUE;
		}
		wakeUp.hold();
		return left();
	}

	/** Has the queue see to the timers, which ends {@link #hold}. */
	public synchronized void release() {
		if (runs()) {
			wakeUp.enqueue(left());
		}
	}

	private boolean runs() {
		return next != NEVER && !closed && !clock.frozen();
	}

	/** @return nanoseconds until the next expiry; the shortest time for one that is behind */
	private long left() {
		long units = next - clock.referenceTime();
		return nanoseconds(units > 0 ? units : SHORTEST);
	}

	private static long nanoseconds(long units) {
		return units > Long.MAX_VALUE / UNIT ? Long.MAX_VALUE : units * UNIT;
	}

	/** Stops all timers for good. */
	public synchronized void close() {
		closed = true;
		wakeUp.cancel();
	}

	private void expire(long now) {
		if (closed || clock.frozen()) {
			// Time that stands goes on with clockChanged
			return;
		}
		long earliest = NEVER;
		long wake = NEVER;
		boolean kept = false;
		for (SyntheticTimer timer : timers) {
			boolean expired = timer.expire(now);
			kept |= timer.undelivered();
			long expiry = timer.expiry();
			earliest = Math.min(earliest, expiry);
			// A timer that has just expired and is behind its time catches up in short periods
			wake = Math.min(wake, expired && expiry != NEVER ? Math.max(expiry, now + SHORTEST) : expiry);
		}
		next = earliest;
		undelivered = kept;
		if (wake != NEVER) {
			wakeUp.within(nanoseconds(Math.max(0, wake - now)));
		}
	}

	// State

	/** Writes HV_SYNTHETIC_TIMERS_STATE. @param to {@link #STATE_SIZE} bytes */
	public synchronized void save(MemorySegment to) {
		to.asSlice(0, STATE_SIZE).fill((byte) 0);
		for (int i = 0; i < COUNT; i++) {
			SyntheticTimer timer = timers[i];
			MemorySegment at = to.asSlice((long) i * TIMER_STATE_SIZE, TIMER_STATE_SIZE);
			at.set(JAVA_INT_UNALIGNED, 0, timer.undelivered() ? UNDELIVERED : 0);
			at.set(JAVA_LONG_UNALIGNED, CONFIG_AT, timer.config());
			at.set(JAVA_LONG_UNALIGNED, COUNT_AT, timer.count());
			at.set(JAVA_LONG_UNALIGNED, ADJUSTMENT_AT, timer.adjustment());
			at.set(JAVA_LONG_UNALIGNED, EXPIRY_AT, timer.undeliveredExpiry());
		}
	}

	/** Restores HV_SYNTHETIC_TIMERS_STATE. @param from {@link #STATE_SIZE} bytes
	 * @return false if a reserved bit is set: nothing has changed */
	public synchronized boolean restore(MemorySegment from) {
		long reserved = 0;
		for (int i = 0; i < COUNT; i++) {
			long at = (long) i * TIMER_STATE_SIZE;
			reserved |= from.get(JAVA_LONG_UNALIGNED, at) & ~(long) UNDELIVERED;
			reserved |= from.get(JAVA_LONG_UNALIGNED, at + CONFIG_AT) & ~(SyntheticTimer.BITS | SyntheticTimer.DIRECT_BITS);
		}
		for (long at = (long) COUNT * TIMER_STATE_SIZE; at < STATE_SIZE; at += Long.BYTES) {
			reserved |= from.get(JAVA_LONG_UNALIGNED, at);
		}
		if (reserved != 0) {
			return false;
		}
		long now = clock.referenceTime();
		for (int i = 0; i < COUNT; i++) {
			MemorySegment at = from.asSlice((long) i * TIMER_STATE_SIZE, TIMER_STATE_SIZE);
			timers[i].restore(at.get(JAVA_LONG_UNALIGNED, CONFIG_AT), at.get(JAVA_LONG_UNALIGNED, COUNT_AT),
				at.get(JAVA_LONG_UNALIGNED, ADJUSTMENT_AT), at.get(JAVA_INT_UNALIGNED, 0) == UNDELIVERED,
				at.get(JAVA_LONG_UNALIGNED, EXPIRY_AT), now);
		}
		expire(now);
		return true;
	}
}
