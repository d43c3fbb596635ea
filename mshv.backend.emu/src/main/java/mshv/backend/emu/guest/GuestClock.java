package mshv.backend.emu.guest;

/**
 * The time of one partition: nanoseconds since it was created, the time-stamp counter, and the reference time, which all stand while the
 * partition is frozen and agree exactly at any moment. Any thread.
 */
public final class GuestClock {
	/** Frequency of reference time, Hz: 100 ns units. */
	public static final long REFERENCE_FREQUENCY = 10_000_000;

	private static final long RUNNING = -1;

	private final long frequency;
	/** Time-stamp counts a nanosecond, 32.32 fixed point. */
	private final long countsPerNanosecond;
	/** Reference time units a time-stamp count, 0.64 fixed point. */
	private final long referenceScale;
	private volatile long origin = System.nanoTime();
	private volatile long frozenAt = RUNNING;
	private volatile long referenceOffset;
	private volatile boolean invarianceShown;

	/** A clock that runs.
	 * @param frequency time-stamp counter, Hz; above 10 MHz, up to 100 GHz */
	public GuestClock(long frequency) {
		if (frequency <= REFERENCE_FREQUENCY || frequency > 100_000_000_000L) {
			throw new IllegalArgumentException("time-stamp counter of " + frequency + " Hz");
		}
		this.frequency = frequency;
		countsPerNanosecond = fraction(frequency, 1_000_000_000, 32);
		referenceScale = fraction(REFERENCE_FREQUENCY, frequency, 64);
	}

	/** @return numerator * 2^bits / denominator, rounded down */
	private static long fraction(long numerator, long denominator, int bits) {
		return java.math.BigInteger.valueOf(numerator).shiftLeft(bits).divide(java.math.BigInteger.valueOf(denominator)).longValue();
	}

	/** @return frequency of the time-stamp counter in Hz */
	public long frequency() {
		return frequency;
	}

	/** @return whether the guest has asked to see in CPUID that its time-stamp counter is invariant */
	public boolean invarianceShown() {
		return invarianceShown;
	}

	/** Sets what {@link #invarianceShown} says. */
	public void showInvariance(boolean shown) {
		invarianceShown = shown;
	}

	/** @return nanoseconds of guest time since the clock was made */
	public long nanoseconds() {
		long frozen = frozenAt;
		return frozen != RUNNING ? frozen : System.nanoTime() - origin;
	}

	/** @return true while time stands */
	public boolean frozen() {
		return frozenAt != RUNNING;
	}

	/** Stops time. */
	public synchronized void freeze() {
		if (!frozen()) {
			frozenAt = nanoseconds();
		}
	}

	/** Lets time go on from where it stopped. */
	public synchronized void thaw() {
		if (frozen()) {
			origin = System.nanoTime() - frozenAt;
			frozenAt = RUNNING;
		}
	}

	/** @return time-stamp counter before any offset of a processor */
	public long timeStampCounter() {
		return timeStampAt(nanoseconds());
	}

	private long timeStampAt(long nanoseconds) {
		return Math.multiplyHigh(nanoseconds, countsPerNanosecond) << 32 | nanoseconds * countsPerNanosecond >>> 32;
	}

	/** @param timeStamp value of {@link #timeStampCounter}
	 * @return the first nanosecond at which the counter has it; Long.MAX_VALUE if that is out of reach */
	public long nanosecondsAt(long timeStamp) {
		if (timeStamp <= 0) {
			return 0;
		}
		double estimate = (double) timeStamp * 1e9 / frequency;
		if (estimate > Long.MAX_VALUE / 4) {
			return Long.MAX_VALUE;
		}
		long at = (long) estimate;
		while (timeStampAt(at) >= timeStamp && at > 0) {
			at -= Math.max(1, (timeStampAt(at) - timeStamp) / (frequency / 1_000_000_000 + 1));
		}
		while (timeStampAt(at) < timeStamp) {
			at += Math.max(1, (timeStamp - timeStampAt(at)) / (frequency / 1_000_000_000 + 1));
		}
		return at;
	}

	/** @return reference time in units of 100 ns (TLFS 12.4) */
	public long referenceTime() {
		return Math.unsignedMultiplyHigh(timeStampCounter(), referenceScale) + referenceOffset;
	}

	/** Sets reference time. @param value units of 100 ns */
	public synchronized void setReferenceTime(long value) {
		referenceOffset = value - Math.unsignedMultiplyHigh(timeStampCounter(), referenceScale);
	}

	/** @return factor of the reference TSC page: reference time units a count, 0.64 fixed point */
	public long referenceScale() {
		return referenceScale;
	}

	/** @return offset of the reference TSC page, units of 100 ns */
	public long referenceOffset() {
		return referenceOffset;
	}
}
