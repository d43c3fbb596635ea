package mshv.backend.emu.fp;

/**
 * Rounds exact results to single or double precision. Reused, not thread-safe.
 */
final class BinaryRounder {
	/** Exceptions of the last rounding, see {@link FpExceptions}. */
	int exceptions;
	/** Whether the last rounding increased the magnitude. */
	boolean roundedUp;
	/** Whether the last result was tiny: below the smallest normal number after rounding with unbounded exponent. */
	boolean tiny;

	/**
	 * Rounds (-1)<sup>sign</sup> &times; high.low &times; 2<sup>exponent-63</sup>, bit 63 of {@code high} being set.
	 *
	 * <p>With overflow or underflow unmasked the precision exception tells whether rounding with unbounded exponent was inexact.
	 *
	 * @param masks masked exceptions; an exact denormal result is reported only if underflow is not among them
	 * @return the bits of the result; meaningless after an unmasked overflow or underflow
	 */
	long round(BinaryFormat format, int mode, int masks, int sign, int exponent, long high, long low) {
		int keep = format.precision;
		exceptions = 0;
		tiny = false;
		int field = exponent + format.bias;
		long kept = high >>> 64 - keep;
		long fraction = high << keep | (low != 0 ? 1 : 0);
		boolean up = RoundingMode.increments(mode, sign, (kept & 1) != 0, fraction);
		if (field <= 0) {
			tiny = field < 0 || !up || kept != format.fractionMask + (format.quietBit << 1);
			if (tiny && (masks & FpExceptions.UNDERFLOW) == 0) {
				exceptions = FpExceptions.UNDERFLOW | (fraction != 0 ? FpExceptions.PRECISION : 0);
				return format.zero(sign);
			}
			int shift = 1 - field;
			if (shift >= keep) {
				fraction = ExactArithmetic.shiftRightJam(kept << 64 - keep | (fraction != 0 ? 1 : 0), shift - keep);
				kept = 0;
			} else {
				fraction = kept << -shift | ExactArithmetic.shiftRightJam(fraction, shift);
				kept >>>= shift;
			}
			up = RoundingMode.increments(mode, sign, (kept & 1) != 0, fraction);
			if (tiny && fraction != 0) {
				exceptions |= FpExceptions.UNDERFLOW;
			}
			field = 1;
		}
		roundedUp = up;
		if (fraction != 0) {
			exceptions |= FpExceptions.PRECISION;
		}
		// The hidden bit, or the carry out of the fraction, counts as one in the exponent field.
		long bits = ((long) (field - 1) << format.fractionBits) + kept + (up ? 1 : 0);
		if (field > 2 * format.bias || bits >= format.infinity) {
			exceptions |= FpExceptions.OVERFLOW | ((masks & FpExceptions.OVERFLOW) != 0 ? FpExceptions.PRECISION : 0);
			roundedUp = RoundingMode.overflowsToInfinity(mode, sign);
			bits = roundedUp ? format.infinity : format.infinity - 1;
		}
		return format.zero(sign) | bits;
	}
}
