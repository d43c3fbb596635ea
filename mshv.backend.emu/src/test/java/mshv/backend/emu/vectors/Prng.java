package mshv.backend.emu.vectors;

/** SplitMix64 (Steele, Lea, Flood 2014), kept here so that recorded files do not depend on the run-time library. */
final class Prng {
	private static final long GAMMA = 0x9E3779B97F4A7C15L;
	private long state;

	static long mix(long z) {
		z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
		z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
		return z ^ z >>> 31;
	}

	void seed(long seed) {
		state = mix(seed);
	}

	long next() {
		return mix(state += GAMMA);
	}

	/** A number from 0 to bound - 1. */
	int below(int bound) {
		return (int) ((next() >>> 33) % bound);
	}

	/** True in so many of a hundred draws. */
	boolean chance(int percent) {
		return below(100) < percent;
	}

	int pick(int[] values) {
		return values[below(values.length)];
	}

	long pick(long[] values) {
		return values[below(values.length)];
	}
}
