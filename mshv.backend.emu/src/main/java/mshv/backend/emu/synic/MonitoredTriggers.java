package mshv.backend.emu.synic;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.api.abi.MonitorPage;

/**
 * What the hypervisor does with a page of monitored notifications (TLFS chapter 11; {@link MonitorPage}): looks at it from time to time.
 * Guests write to it meanwhile, whatever they like. Used by one thread at a time.
 */
public final class MonitoredTriggers {
	/** Time between two looks at least, however low the latencies, in nanoseconds. */
	static final long SHORTEST_PERIOD = 500_000;
	/** Time between two looks at most once nothing has been pending for long. */
	static final long IDLE_PERIOD = 25_000_000;
	/** Time between two looks while no group is enabled. */
	static final long DISABLED_PERIOD = 100_000_000;
	/** Looks in vain before the time between them doubles. */
	static final int PATIENCE = 16;

	/** Looks in vain that are counted: enough to double the shortest time up to the longest. */
	private static final int MOST_IN_VAIN = 6 * PATIENCE;
	private static final int LATENCY_UNIT = 100;
	private static final int ALL_GROUPS = (1 << MonitorPage.GROUPS) - 1;
	private static final int FLAG_SHIFT = 32, RESERVED_SHIFT = 48;
	/** A guest that changes a group all the time has to wait for the next look. */
	private static final int ATTEMPTS = 64;

	/** What a trigger does. */
	@FunctionalInterface
	public interface Signal {
		/** @param connection id, which may be none
		 * @param flag 0 to 65535 */
		void send(int connection, int flag);
	}

	private final long page;
	/** Triggers of each group that wait for their latency. What the page says of them is not relied upon: guests write there. */
	private final int[] waiting = new int[MonitorPage.GROUPS];
	private final long[] due = new long[MonitorPage.GROUPS * MonitorPage.GROUP_SIZE];
	private int looksInVain;

	/** @param page host address of the page, alive as long as it is looked at */
	public MonitoredTriggers(long page) {
		this.page = page;
	}

	/** Looks at the page, and sends what is pending for long enough.
	 * @param now time in nanoseconds, of {@link System#nanoTime}
	 * @return nanoseconds until the next look */
	public long look(long now, Signal signal) {
		int enabled = RAW.getInt(page + MonitorPage.TRIGGER_STATE) & ALL_GROUPS;
		if (enabled == 0) {
			return DISABLED_PERIOD;
		}
		boolean pending = false;
		long nextDue = Long.MAX_VALUE;
		for (int rest = enabled; rest != 0; rest &= rest - 1) {
			int group = Integer.numberOfTrailingZeros(rest);
			int ripe = advance(group, now);
			send(group, ripe, signal);
			nextDue = Math.min(nextDue, untilDue(group, now));
			pending |= (ripe | waiting[group]) != 0;
		}
		looksInVain = pending ? 0 : Math.min(looksInVain + 1, MOST_IN_VAIN);
		return Math.max(Math.min(period(enabled), nextDue), SHORTEST_PERIOD);
	}

	/** Arms triggers that are newly pending, and takes those whose latency has passed. @return the latter, a bit each */
	private int advance(int group, long now) {
		long at = page + MonitorPage.triggerGroup(group);
		for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
			long before = RAW.getLong(at);
			int pending = (int) before;
			int armed = (int) (before >>> Integer.SIZE);
			int fresh = pending & ~(armed & waiting[group]);
			for (int rest = fresh; rest != 0; rest &= rest - 1) {
				int trigger = trigger(group, rest);
				due[trigger] = now + latency(trigger);
			}
			int ripe = 0;
			for (int rest = pending; rest != 0; rest &= rest - 1) {
				if (due[trigger(group, rest)] - now <= 0) {
					ripe |= Integer.lowestOneBit(rest);
				}
			}
			long after = Integer.toUnsignedLong(pending & ~ripe) | (long) ((armed | fresh) & ~ripe) << Integer.SIZE;
			if (after == before || RAW.compareAndSetLong(at, before, after)) {
				waiting[group] = pending & ~ripe;
				return ripe;
			}
		}
		return 0;
	}

	/** @param bits of triggers of the group, the lowest of which is meant */
	private static int trigger(int group, int bits) {
		return group * MonitorPage.GROUP_SIZE + Integer.numberOfTrailingZeros(bits);
	}

	private long latency(int trigger) {
		return (RAW.getShort(page + MonitorPage.latency(trigger)) & 0xFFFFL) * LATENCY_UNIT;
	}

	private void send(int group, int triggers, Signal signal) {
		for (int rest = triggers; rest != 0; rest &= rest - 1) {
			long parameter = RAW.getLong(page + MonitorPage.parameter(trigger(group, rest)));
			if (parameter >>> RESERVED_SHIFT == 0) {
				signal.send((int) parameter, (int) (parameter >>> FLAG_SHIFT));
			}
		}
	}

	private long untilDue(int group, long now) {
		long least = Long.MAX_VALUE;
		for (int rest = waiting[group]; rest != 0; rest &= rest - 1) {
			least = Math.min(least, due[trigger(group, rest)] - now);
		}
		return least;
	}

	/** @return the lowest latency of the triggers in use, longer the longer nothing has been pending */
	private long period(int enabled) {
		long lowest = IDLE_PERIOD;
		for (int rest = enabled; rest != 0; rest &= rest - 1) {
			int first = trigger(Integer.numberOfTrailingZeros(rest), 1);
			for (int trigger = first; trigger < first + MonitorPage.GROUP_SIZE; trigger++) {
				if (RAW.getInt(page + MonitorPage.parameter(trigger)) != 0) {
					lowest = Math.min(lowest, latency(trigger));
				}
			}
		}
		return Math.min(Math.max(lowest, SHORTEST_PERIOD) << looksInVain / PATIENCE, IDLE_PERIOD);
	}
}
