package mshv.shell.demo;

/** Compares a clock of a guest with the host's, by readings of which it is known between which two moments of the host they were made. */
public final class ClockComparison {
	private final long granularity;
	private boolean started;
	private long firstBefore, firstAfter, firstGuest;
	private long widest;

	/** @param granularity of the guest's readings in ns */
	public ClockComparison(long granularity) {
		this.granularity = granularity;
	}

	/** Takes a reading; the first one is what later ones are compared with.
	 * @param before host time in ns, not later than the reading
	 * @param after host time in ns, not earlier than the reading
	 * @param guest what the guest's clock said, in ns
	 * @return ns by which the guest's clock has certainly gained since the first reading, negative if it has lost; 0 if it may be right */
	public long add(long before, long after, long guest) {
		if (!started) {
			started = true;
			firstBefore = before;
			firstAfter = after;
			firstGuest = guest;
			return 0;
		}
		long elapsed = guest - firstGuest;
		long least = before - firstAfter - granularity;
		long most = after - firstBefore + granularity;
		widest = Math.max(widest, most - least);
		return elapsed < least ? elapsed - least : Math.max(0, elapsed - most);
	}

	/** @return ns that a clock may have gained or lost at most without being noticed */
	public long uncertainty() {
		return widest;
	}
}
