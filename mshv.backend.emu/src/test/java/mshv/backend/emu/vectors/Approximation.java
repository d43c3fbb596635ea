package mshv.backend.emu.vectors;

/** Equality of approximate results. */
final class Approximation {
	/** Units in the last place of an 80-bit number: a relative difference of about 2^-49. */
	private static final long EXTENDED_ULPS = 1L << 14;
	/** Units in the last place of a 32-bit number: twice the 1.5 * 2^-12 that RCPPS and RSQRTPS may be wrong. */
	private static final int SINGLE_ULPS = 6144;

	private Approximation() {
	}

	/** Compares two 80-bit numbers. */
	static boolean extended(int signExponent1, long significand1, int signExponent2, long significand2) {
		if (signExponent1 == signExponent2) {
			return Math.abs(significand1 - significand2) <= EXTENDED_ULPS;
		}
		// Neighbours on both sides of a power of two.
		int step = signExponent1 - signExponent2;
		long fraction1 = significand1 & Long.MAX_VALUE;
		long fraction2 = significand2 & Long.MAX_VALUE;
		long distance = step == 1 ? fraction1 + (Long.MAX_VALUE - fraction2) : fraction2 + (Long.MAX_VALUE - fraction1);
		return Math.abs(step) == 1 && distance >= 0 && distance <= EXTENDED_ULPS;
	}

	/** Compares two pairs of 32-bit numbers. */
	static boolean singles(long pair1, long pair2) {
		return single((int) pair1, (int) pair2) && single((int) (pair1 >>> 32), (int) (pair2 >>> 32));
	}

	private static boolean single(int bits1, int bits2) {
		return bits1 == bits2 || (bits1 ^ bits2) >= 0 && Math.abs(bits1 - bits2) <= SINGLE_ULPS;
	}
}
