package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.BIAS;
import static mshv.backend.emu.fp.Float80Format.EXPONENT_MASK;
import static mshv.backend.emu.fp.Float80Format.INTEGER_BIT;

/**
 * FSIN, FCOS, FSINCOS and FPTAN (Intel SDM vol. 1, 8.3.7 and 8.3.8).
 *
 * <p>Arguments are reduced exactly by the processor's own pi of 66 significant bits; the functions of the reduced argument are computed to
 * about 115 bits and rounded once. An operand of magnitude 2<sup>63</sup> or more is left as the result with
 * {@link Float80Context#incomplete} set, and nothing is to be pushed. For a NaN or infinity both results are NaNs. Not thread-safe.
 */
public final class Float80Trigonometry {
	/** Half of pi in units of 2^-65, 66 bits: upper part. */
	private static final long HALF_PI_HIGH = 3;
	/** Lower 64 bits of the same. */
	private static final long HALF_PI_LOW = 0x243f6a8885a308d3L;

	/** Exponent below which the square is less than 2^-128. */
	private static final int SMALL = -64;

	private final Float80Context context;
	private final WideFunctions functions;
	private final WideFloat reduced = new WideFloat();
	private final WideFloat result = new WideFloat();
	/** Quadrant of the operand last reduced: how often half of pi was taken off, modulo 4. */
	private int quadrant;

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context modes and results
	 */
	public Float80Trigonometry(Float80Context context) {
		this.context = context;
		functions = new WideFunctions(context.exact);
	}

	/** FSIN: the sine. */
	public void sine(int se, long sig) {
		context.begin();
		if (isSpecial(se, sig)) {
			return;
		}
		if (sig == 0) {
			context.setResult(se, sig);
			return;
		}
		reduce(se, sig);
		storeSine();
	}

	/** FCOS: the cosine. */
	public void cosine(int se, long sig) {
		context.begin();
		if (isSpecial(se, sig)) {
			return;
		}
		if (sig == 0) {
			context.setResult(BIAS, INTEGER_BIT);
			return;
		}
		reduce(se, sig);
		storeCosine();
	}

	/** FSINCOS: the sine as the result, to replace the operand, and the cosine as the second result, to be pushed. */
	public void sineAndCosine(int se, long sig) {
		context.begin();
		if (isSpecial(se, sig)) {
			copyToSecond();
			return;
		}
		if (sig == 0) {
			context.setResult(se, sig);
			context.secondSignExponent = BIAS;
			context.secondSignificand = INTEGER_BIT;
			return;
		}
		reduce(se, sig);
		storeCosine();
		copyToSecond();
		storeSine();
	}

	/** FPTAN: the tangent as the result, to replace the operand, and 1.0 as the second result, to be pushed. */
	public void tangent(int se, long sig) {
		context.begin();
		if (isSpecial(se, sig)) {
			copyToSecond();
			return;
		}
		context.secondSignExponent = BIAS;
		context.secondSignificand = INTEGER_BIT;
		if (sig == 0) {
			context.setResult(se, sig);
			return;
		}
		reduce(se, sig);
		result.set(reduced);
		if (quadrant == 0 && reduced.exponent() < SMALL) {
			// x + x^3 / 3 is above x by less than the working precision; store() takes it for just that.
			store();
			return;
		}
		functions.sine(result);
		functions.cosine(reduced);
		if ((quadrant & 1) != 0) {
			result.divide(reduced, result, context.exact).negate();
		} else {
			result.divide(result, reduced, context.exact);
		}
		store();
	}

	/** Handles NaNs, infinities and operands out of range. */
	private boolean isSpecial(int se, long sig) {
		if (context.propagateNaN(se, sig)) {
			return true;
		}
		if (Float80Format.isInfinite(se, sig)) {
			context.setInvalid();
			return true;
		}
		if ((se & EXPONENT_MASK) >= BIAS + 63) {
			context.incomplete = true;
			context.setResult(se, sig);
			return true;
		}
		context.checkDenormal(se, sig);
		return false;
	}

	private void storeSine() {
		result.set(reduced);
		if ((quadrant & 1) != 0) {
			functions.cosine(result);
		} else {
			functions.sine(result);
		}
		if ((quadrant & 2) != 0) {
			result.negate();
		}
		store();
	}

	private void storeCosine() {
		result.set(reduced);
		if ((quadrant & 1) != 0) {
			functions.sine(result);
		} else {
			functions.cosine(result);
		}
		if ((quadrant + 1 & 2) != 0) {
			result.negate();
		}
		store();
	}

	private void store() {
		context.round(result.sign(), result.exponent(), result.high(), result.low() | 1, 64);
	}

	private void copyToSecond() {
		context.secondSignExponent = context.resultSignExponent;
		context.secondSignificand = context.resultSignificand;
	}

	/** Takes the nearest multiple of half of pi off the operand, below 2^63 in magnitude. */
	private void reduce(int se, long sig) {
		int exponent = Float80Format.exponent(se, sig);
		int sign = Float80Format.sign(se);
		quadrant = 0;
		if (exponent < -1) {
			reduced.setFloat80(se, sig);
			return;
		}
		// The operand in units of 2^-65, up to 128 bits; the division by half of pi is exact, bit by bit.
		int shift = exponent + 2;
		long high = shift == 64 ? sig : sig >>> -shift;
		long low = shift == 64 ? 0 : sig << shift;
		for (int bit = Math.min(shift, 62); bit >= 0; bit--) {
			long stepHigh = HALF_PI_HIGH << bit | (bit == 0 ? 0 : HALF_PI_LOW >>> -bit);
			long stepLow = HALF_PI_LOW << bit;
			if (isAtLeast(high, low, stepHigh, stepLow)) {
				high -= stepHigh + (Long.compareUnsigned(low, stepLow) < 0 ? 1 : 0);
				low -= stepLow;
				quadrant ^= bit < 2 ? 1 << bit : 0;
			}
		}
		boolean above = isAtLeast(high << 1 | low >>> 63, low << 1, HALF_PI_HIGH, HALF_PI_LOW);
		if (above) {
			high = HALF_PI_HIGH - high - (Long.compareUnsigned(HALF_PI_LOW, low) < 0 ? 1 : 0);
			low = HALF_PI_LOW - low;
			quadrant = quadrant + 1 & 3;
		}
		reduced.setUnsigned(sign ^ (above ? 1 : 0), -65, high, low);
		if (sign != 0) {
			quadrant = -quadrant & 3;
		}
	}

	private static boolean isAtLeast(long highA, long lowA, long highB, long lowB) {
		int order = Long.compareUnsigned(highA, highB);
		return order > 0 || order == 0 && Long.compareUnsigned(lowA, lowB) >= 0;
	}
}
