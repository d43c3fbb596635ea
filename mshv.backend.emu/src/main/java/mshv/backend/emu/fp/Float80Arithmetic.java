package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.BIAS;
import static mshv.backend.emu.fp.Float80Format.EXPONENT_MASK;
import static mshv.backend.emu.fp.Float80Format.INTEGER_BIT;
import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * The basic x87 operations on double extended-precision values (Intel SDM vol. 1, 8.3.5).
 *
 * <p>Operands are (sign and exponent, significand) pairs as in {@link Float80Format}; results and exceptions are left in the
 * {@link Float80Context}. Not thread-safe.
 */
public final class Float80Arithmetic {
	private final Float80Context context;
	private final ExactArithmetic exact;

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context modes and results
	 */
	public Float80Arithmetic(Float80Context context) {
		this.context = context;
		exact = context.exact;
	}

	/** FADD: a + b, rounded to the precision control. */
	public void add(int seA, long sigA, int seB, long sigB) {
		addSigned(seA, sigA, seB, sigB, 0);
	}

	/** FSUB: a - b, rounded to the precision control. */
	public void subtract(int seA, long sigA, int seB, long sigB) {
		addSigned(seA, sigA, seB, sigB, 1);
	}

	private void addSigned(int seA, long sigA, int seB, long sigB, int flip) {
		context.begin();
		int signA = Float80Format.sign(seA);
		int signB = Float80Format.sign(seB) ^ flip;
		if (Float80Format.isNormal(seA, sigA) && Float80Format.isNormal(seB, sigB) && !context.denormalOperand) {
			exact.add(signA, (seA & EXPONENT_MASK) - BIAS, sigA, signB, (seB & EXPONENT_MASK) - BIAS, sigB);
			finishSum();
			return;
		}
		if (context.propagateNaN(seA, sigA, seB, sigB)) {
			return;
		}
		boolean infiniteA = Float80Format.isInfinite(seA, sigA);
		boolean infiniteB = Float80Format.isInfinite(seB, sigB);
		if (infiniteA && infiniteB && signA != signB) {
			context.setInvalid();
			return;
		}
		checkDenormals(seA, sigA, seB, sigB);
		if (infiniteA || infiniteB) {
			context.setInfinity(infiniteA ? signA : signB);
		} else if (Float80Format.isZero(seB, sigB)) {
			if (Float80Format.isZero(seA, sigA)) {
				context.setZero(signA == signB ? signA : zeroSign());
			} else {
				roundOperand(signA, seA, sigA);
			}
		} else if (Float80Format.isZero(seA, sigA)) {
			roundOperand(signB, seB, sigB);
		} else {
			exact.add(signA, Float80Format.exponent(seA, sigA), Float80Format.normalised(sigA),
				signB, Float80Format.exponent(seB, sigB), Float80Format.normalised(sigB));
			finishSum();
		}
	}

	private void finishSum() {
		if (exact.high == 0) {
			context.setZero(zeroSign());
		} else {
			context.roundExact(context.precision);
		}
	}

	private int zeroSign() {
		return context.roundingMode == RoundingMode.DOWN ? 1 : 0;
	}

	private void roundOperand(int sign, int se, long sig) {
		context.round(sign, Float80Format.exponent(se, sig), Float80Format.normalised(sig), 0, context.precision);
	}

	/** FMUL: a &times; b, rounded to the precision control. */
	public void multiply(int seA, long sigA, int seB, long sigB) {
		context.begin();
		int signA = Float80Format.sign(seA);
		int signB = Float80Format.sign(seB);
		if (Float80Format.isNormal(seA, sigA) && Float80Format.isNormal(seB, sigB) && !context.denormalOperand) {
			exact.multiply(signA, (seA & EXPONENT_MASK) - BIAS, sigA, signB, (seB & EXPONENT_MASK) - BIAS, sigB);
			context.roundExact(context.precision);
			return;
		}
		if (context.propagateNaN(seA, sigA, seB, sigB)) {
			return;
		}
		boolean infinite = Float80Format.isInfinite(seA, sigA) || Float80Format.isInfinite(seB, sigB);
		boolean zero = Float80Format.isZero(seA, sigA) || Float80Format.isZero(seB, sigB);
		if (infinite && zero) {
			context.setInvalid();
			return;
		}
		checkDenormals(seA, sigA, seB, sigB);
		if (infinite) {
			context.setInfinity(signA ^ signB);
		} else if (zero) {
			context.setZero(signA ^ signB);
		} else {
			exact.multiply(signA, Float80Format.exponent(seA, sigA), Float80Format.normalised(sigA),
				signB, Float80Format.exponent(seB, sigB), Float80Format.normalised(sigB));
			context.roundExact(context.precision);
		}
	}

	/** FDIV: a / b, rounded to the precision control. */
	public void divide(int seA, long sigA, int seB, long sigB) {
		context.begin();
		int signA = Float80Format.sign(seA);
		int signB = Float80Format.sign(seB);
		if (Float80Format.isNormal(seA, sigA) && Float80Format.isNormal(seB, sigB) && !context.denormalOperand) {
			exact.divide(signA, (seA & EXPONENT_MASK) - BIAS, sigA, signB, (seB & EXPONENT_MASK) - BIAS, sigB);
			context.roundExact(context.precision);
			return;
		}
		if (context.propagateNaN(seA, sigA, seB, sigB)) {
			return;
		}
		boolean infiniteA = Float80Format.isInfinite(seA, sigA);
		boolean infiniteB = Float80Format.isInfinite(seB, sigB);
		boolean zeroA = Float80Format.isZero(seA, sigA);
		boolean zeroB = Float80Format.isZero(seB, sigB);
		if (infiniteA && infiniteB || zeroA && zeroB) {
			context.setInvalid();
			return;
		}
		if (zeroB && !infiniteA) {
			context.raise(FpExceptions.ZERO_DIVIDE);
			context.setInfinity(signA ^ signB);
			return;
		}
		checkDenormals(seA, sigA, seB, sigB);
		if (infiniteA) {
			context.setInfinity(signA ^ signB);
		} else if (infiniteB || zeroA) {
			context.setZero(signA ^ signB);
		} else {
			exact.divide(signA, Float80Format.exponent(seA, sigA), Float80Format.normalised(sigA),
				signB, Float80Format.exponent(seB, sigB), Float80Format.normalised(sigB));
			context.roundExact(context.precision);
		}
	}

	/** FSQRT, rounded to the precision control. */
	public void squareRoot(int se, long sig) {
		context.begin();
		if (context.propagateNaN(se, sig)) {
			return;
		}
		if (Float80Format.isZero(se, sig)) {
			context.setResult(se, sig);
		} else if ((se & SIGN) != 0) {
			context.setInvalid();
		} else {
			context.checkDenormal(se, sig);
			if (Float80Format.isInfinite(se, sig)) {
				context.setResult(se, sig);
			} else {
				exact.squareRoot(Float80Format.exponent(se, sig), Float80Format.normalised(sig));
				context.roundExact(context.precision);
			}
		}
	}

	/** FRNDINT: rounds to an integral value by the rounding control; zero results keep the operand's sign. */
	public void roundToInteger(int se, long sig) {
		context.begin();
		if (context.propagateNaN(se, sig)) {
			return;
		}
		context.checkDenormal(se, sig);
		int exponent = (se & EXPONENT_MASK) - BIAS;
		if (exponent >= 63 || sig == 0 || context.suppressed) {
			context.setResult(se, sig);
			return;
		}
		int sign = Float80Format.sign(se);
		long kept = exponent < 0 ? 0 : sig & -(1L << 63 - exponent);
		long fraction = exponent < -1 ? 1 : sig << exponent + 1;
		long unit = 1L << 63 - exponent;
		boolean up = RoundingMode.increments(context.roundingMode, sign, exponent >= 0 && (kept & unit) != 0, fraction);
		if (fraction != 0) {
			context.exceptions |= FpExceptions.PRECISION;
		}
		context.roundedUp = up;
		if (exponent < 0) {
			context.setResult(se & SIGN | (up ? BIAS : 0), up ? INTEGER_BIT : 0);
		} else {
			long sum = up ? kept + unit : kept;
			context.setResult(sum == 0 ? se + 1 : se, sum == 0 ? INTEGER_BIT : sum);
		}
	}

	/** FSCALE: a &times; 2<sup>trunc(b)</sup>, rounded to 64 bits if it leaves the normal range. */
	public void scale(int seA, long sigA, int seB, long sigB) {
		context.begin();
		if (context.propagateNaN(seA, sigA, seB, sigB)) {
			return;
		}
		int signA = Float80Format.sign(seA);
		boolean infiniteA = Float80Format.isInfinite(seA, sigA);
		boolean zeroA = Float80Format.isZero(seA, sigA);
		if (Float80Format.isInfinite(seB, sigB)) {
			boolean grows = (seB & SIGN) == 0;
			if (grows ? zeroA : infiniteA) {
				context.setInvalid();
				return;
			}
			context.checkDenormal(seA, sigA);
			if (grows) {
				context.setInfinity(signA);
			} else {
				context.setZero(signA);
			}
			return;
		}
		checkDenormals(seA, sigA, seB, sigB);
		if (infiniteA || zeroA) {
			context.setResult(seA, sigA);
			return;
		}
		int exponentB = (seB & EXPONENT_MASK) - BIAS;
		// Beyond 2^17 any power takes every operand out of range, with unmasked exceptions too.
		int power = exponentB < 0 ? 0 : exponentB > 16 ? 1 << 17 : (int) (sigB >>> 63 - exponentB);
		context.round(signA, Float80Format.exponent(seA, sigA) + ((seB & SIGN) != 0 ? -power : power),
			Float80Format.normalised(sigA), 0, 64);
	}

	/**
	 * FXTRACT: the unbiased exponent of the operand as the result, to replace it, and its significand as the second result, to be pushed.
	 */
	public void extract(int se, long sig) {
		context.begin();
		if (context.propagateNaN(se, sig)) {
			context.secondSignExponent = context.resultSignExponent;
			context.secondSignificand = context.resultSignificand;
			return;
		}
		context.checkDenormal(se, sig);
		context.secondSignExponent = se;
		context.secondSignificand = sig;
		if (Float80Format.isInfinite(se, sig)) {
			context.setInfinity(0);
		} else if (sig == 0) {
			context.raise(FpExceptions.ZERO_DIVIDE);
			context.setInfinity(1);
		} else {
			context.secondSignExponent = se & SIGN | BIAS;
			context.secondSignificand = Float80Format.normalised(sig);
			setInteger(Float80Format.exponent(se, sig));
		}
	}

	private void setInteger(int value) {
		if (value == 0) {
			context.setZero(0);
		} else {
			long magnitude = Math.abs(value);
			int shift = Long.numberOfLeadingZeros(magnitude);
			context.setResult((value < 0 ? SIGN : 0) | BIAS + 63 - shift, magnitude << shift);
		}
	}

	private void checkDenormals(int seA, long sigA, int seB, long sigB) {
		context.checkDenormal(seA, sigA);
		context.checkDenormal(seB, sigB);
	}
}
