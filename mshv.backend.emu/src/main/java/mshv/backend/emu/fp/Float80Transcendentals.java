package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.BIAS;
import static mshv.backend.emu.fp.Float80Format.EXPONENT_MASK;
import static mshv.backend.emu.fp.Float80Format.INTEGER_BIT;
import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * Exponential, logarithms and arc tangent of the x87 (F2XM1, FYL2X, FYL2XP1, FPATAN; Intel SDM vol. 1, 8.3.7 and 8.3.9).
 *
 * <p>Results are computed to about 115 bits and rounded once to 64 by the rounding control, so they are the correctly rounded ones but for
 * cases closer to a tie than that. Not thread-safe.
 */
public final class Float80Transcendentals {
	/** Significand of the square root of two. */
	private static final long SQUARE_ROOT_OF_2 = 0xb504f333f9de6484L;

	private final Float80Context context;
	private final WideFunctions functions;
	private final WideFloat value = new WideFloat();
	private final WideFloat other = new WideFloat();
	private final WideFloat work = new WideFloat();
	private final WideFloat one = new WideFloat().set(1);

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context modes and results
	 */
	public Float80Transcendentals(Float80Context context) {
		this.context = context;
		functions = new WideFunctions(context.exact);
	}

	/** F2XM1: 2<sup>x</sup> - 1. */
	public void exp2Minus1(int se, long sig) {
		context.begin();
		if (context.propagateNaN(se, sig)) {
			return;
		}
		context.checkDenormal(se, sig);
		if (Float80Format.isInfinite(se, sig)) {
			if ((se & SIGN) != 0) {
				context.setResult(SIGN | BIAS, INTEGER_BIT);
			} else {
				context.setInfinity(0);
			}
		} else if (sig == 0) {
			context.setResult(se, sig);
		} else if ((se & EXPONENT_MASK) >= BIAS) {
			if (se == (SIGN | BIAS) && sig == INTEGER_BIT) {
				setInexact(SIGN | BIAS - 1, INTEGER_BIT);
			} else {
				setInexact(se, sig);
			}
		} else {
			functions.exp2Minus1(value.setFloat80(se, sig));
			store(value);
		}
	}

	/**
	 * Exact results, and the operand itself where the SDM defines none; like those of all finite operands they are reported as inexact.
	 */
	private void setInexact(int se, long sig) {
		if (!context.suppressed) {
			context.exceptions |= FpExceptions.PRECISION;
			context.setResult(se, sig);
		}
	}

	/** FYL2X: y &times; log<sub>2</sub>(x), where y is ST(1) and x is ST(0). */
	public void yLog2x(int seY, long sigY, int seX, long sigX) {
		context.begin();
		if (context.propagateNaN(seX, sigX, seY, sigY)) {
			return;
		}
		boolean zeroX = Float80Format.isZero(seX, sigX);
		boolean zeroY = Float80Format.isZero(seY, sigY);
		boolean infiniteX = Float80Format.isInfinite(seX, sigX);
		boolean infiniteY = Float80Format.isInfinite(seY, sigY);
		boolean unityX = seX == BIAS && sigX == INTEGER_BIT;
		int signY = Float80Format.sign(seY);
		if ((seX & SIGN) != 0 && !zeroX || zeroX && zeroY || infiniteX && zeroY || infiniteY && unityX) {
			context.setInvalid();
			return;
		}
		// The logarithm is negative below one.
		int sign = signY ^ (zeroX || seX < BIAS ? 1 : 0);
		if (zeroX && !infiniteY) {
			context.raise(FpExceptions.ZERO_DIVIDE);
			context.setInfinity(sign);
			return;
		}
		context.checkDenormal(seX, sigX);
		context.checkDenormal(seY, sigY);
		if (infiniteX || infiniteY) {
			context.setInfinity(sign);
		} else if (zeroY) {
			context.setZero(sign);
		} else if (unityX) {
			context.setZero(signY);
		} else if (Float80Format.normalised(sigX) == INTEGER_BIT) {
			yTimesInteger(seY, sigY, Float80Format.exponent(seX, sigX));
		} else {
			log2(value.setFloat80(seX, sigX));
			other.setFloat80(seY, sigY);
			store(value.multiply(value, other));
		}
	}

	/** FYL2XP1: y &times; log<sub>2</sub>(x + 1), where y is ST(1) and x is ST(0). */
	public void yLog2xPlus1(int seY, long sigY, int seX, long sigX) {
		context.begin();
		if (context.propagateNaN(seX, sigX, seY, sigY)) {
			return;
		}
		boolean zeroX = Float80Format.isZero(seX, sigX);
		boolean zeroY = Float80Format.isZero(seY, sigY);
		boolean infiniteX = Float80Format.isInfinite(seX, sigX);
		boolean infiniteY = Float80Format.isInfinite(seY, sigY);
		int sign = Float80Format.sign(seX) ^ Float80Format.sign(seY);
		if (zeroX && infiniteY || infiniteX && (zeroY || (seX & SIGN) != 0)) {
			context.setInvalid();
			return;
		}
		context.checkDenormal(seX, sigX);
		context.checkDenormal(seY, sigY);
		if (infiniteX || infiniteY) {
			context.setInfinity(sign);
		} else if (zeroX || zeroY) {
			context.setZero(sign);
		} else if ((seX & SIGN) != 0 && (seX & EXPONENT_MASK) >= BIAS) {
			setInexact(seX, sigX);
		} else {
			value.setFloat80(seX, sigX);
			if (value.exponent() < -2) {
				// log2(1 + x) with (1 + t) / (1 - t) = 1 + x for t = x / (2 + x)
				work.set(2);
				work.add(work, value);
				functions.log2OfRatio(value.divide(value, work, context.exact));
			} else {
				value.add(value, one);
				if (value.high() == INTEGER_BIT && value.low() == 0) {
					yTimesInteger(seY, sigY, value.exponent());
					return;
				}
				log2(value);
			}
			other.setFloat80(seY, sigY);
			store(value.multiply(value, other));
		}
	}

	/** FPATAN: the angle of the point (x, y), where y is ST(1) and x is ST(0). */
	public void arcTangent(int seY, long sigY, int seX, long sigX) {
		context.begin();
		if (context.propagateNaN(seX, sigX, seY, sigY)) {
			return;
		}
		context.checkDenormal(seX, sigX);
		context.checkDenormal(seY, sigY);
		boolean negativeX = (seX & SIGN) != 0;
		int signY = Float80Format.sign(seY);
		boolean zeroX = Float80Format.isZero(seX, sigX);
		boolean infiniteX = Float80Format.isInfinite(seX, sigX);
		boolean infiniteY = Float80Format.isInfinite(seY, sigY);
		if (Float80Format.isZero(seY, sigY) || infiniteX && !infiniteY) {
			if (negativeX) {
				storeSigned(functions.pi(value), signY);
			} else {
				context.setZero(signY);
			}
		} else if (infiniteX) {
			functions.pi(value).scale(-2);
			if (negativeX) {
				value.multiply(value, other.set(3));
			}
			storeSigned(value, signY);
		} else if (infiniteY || zeroX) {
			storeSigned(functions.pi(value).scale(-1), signY);
		} else {
			finiteArcTangent(seY, sigY, seX, sigX);
		}
	}

	private void finiteArcTangent(int seY, long sigY, int seX, long sigX) {
		boolean negativeX = (seX & SIGN) != 0;
		value.setFloat80(seY & EXPONENT_MASK, sigY);
		other.setFloat80(seX & EXPONENT_MASK, sigX);
		boolean steep = value.exponent() > other.exponent()
			|| value.exponent() == other.exponent() && Long.compareUnsigned(value.high(), other.high()) > 0;
		if (steep) {
			value.divide(other, value, context.exact);
		} else {
			value.divide(value, other, context.exact);
		}
		functions.arcTangent(value);
		if (steep) {
			functions.pi(other).scale(-1);
			if (negativeX) {
				value.add(other, value);
			} else {
				value.subtract(other, value);
			}
		} else if (negativeX) {
			value.subtract(functions.pi(other), value);
		}
		storeSigned(value, Float80Format.sign(seY));
	}

	/** Replaces a positive number other than a power of two by its binary logarithm. */
	private void log2(WideFloat x) {
		int power = x.exponent();
		if (Long.compareUnsigned(x.high(), SQUARE_ROOT_OF_2) > 0) {
			power++;
		}
		x.scale(-power);
		work.add(x, one);
		x.subtract(x, one);
		functions.log2OfRatio(x.divide(x, work, context.exact));
		if (power != 0) {
			x.add(work.set(power), x);
		}
	}

	private void yTimesInteger(int seY, long sigY, int factor) {
		if (factor == 0) {
			context.setZero(Float80Format.sign(seY));
			return;
		}
		long magnitude = Math.abs(factor);
		int shift = Long.numberOfLeadingZeros(magnitude);
		context.exact.multiply(Float80Format.sign(seY), Float80Format.exponent(seY, sigY), Float80Format.normalised(sigY),
			factor < 0 ? 1 : 0, 63 - shift, magnitude << shift);
		context.roundAsInexact();
	}

	private void storeSigned(WideFloat magnitude, int sign) {
		context.round(sign, magnitude.exponent(), magnitude.high(), magnitude.low() | 1, 64);
	}

	private void store(WideFloat result) {
		storeSigned(result, result.sign());
	}
}
