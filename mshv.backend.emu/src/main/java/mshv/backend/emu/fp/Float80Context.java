package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.BIAS;
import static mshv.backend.emu.fp.Float80Format.EXPONENT_MASK;
import static mshv.backend.emu.fp.Float80Format.INDEFINITE_SIGNIFICAND;
import static mshv.backend.emu.fp.Float80Format.INDEFINITE_SIGN_EXPONENT;
import static mshv.backend.emu.fp.Float80Format.INTEGER_BIT;
import static mshv.backend.emu.fp.Float80Format.QUIET_BIT;
import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * Modes, results and exceptions of x87 arithmetic: one per emulated processor, used by one thread at a time.
 *
 * <p>Operations of the {@code Float80…} classes set the result fields. {@link #exceptions}, {@link #roundedUp}, {@link #incomplete} and
 * {@link #suppressed} describe the last operation only; the caller merges them into the status word. With an unmasked exception the
 * result is what SDM vol. 1, 8.5 prescribes: none ({@link #suppressed}), or the rounded value, its exponent adjusted by 24576 after
 * overflow or underflow.
 */
public final class Float80Context {
	private static final int BIAS_ADJUSTMENT = 24576;

	/** Rounding control, a constant of {@link RoundingMode}. */
	public int roundingMode = RoundingMode.NEAREST;
	/** Significant bits that add, subtract, multiply, divide and square root round to: 24, 53 or 64. */
	public int precision = 64;
	/** Masked exceptions, bits of {@link FpExceptions}. */
	public int exceptionMasks = FpExceptions.ALL;

	/** Exceptions raised by the last operation. */
	public int exceptions;
	/** Whether the last operation rounded its result up in magnitude: C1 if no other meaning is documented. */
	public boolean roundedUp;
	/** C2 after a partial remainder or a trigonometric function whose operand is out of range; the latter leaves its operand unchanged. */
	public boolean incomplete;
	/** Whether an unmasked exception forbids any result: registers, stack and memory stay as they were. */
	public boolean suppressed;
	/** Sign and exponent of the result; for packed decimal the upper 16 bits. */
	public int resultSignExponent;
	/** Significand of the result; for packed decimal the lower 64 bits. */
	public long resultSignificand;
	/** Sign and exponent of the value pushed after the result by FXTRACT, FPTAN and FSINCOS. */
	public int secondSignExponent;
	/** Significand of the value pushed after the result. */
	public long secondSignificand;

	/** Whether the last value widened for an arithmetic instruction was denormal before; the next operation takes it over. */
	boolean widenedDenormal;
	/** The same for the operation going on. */
	boolean denormalOperand;

	/** Shared by the arithmetic classes for exact intermediate results. */
	final ExactArithmetic exact = new ExactArithmetic();

	/** Creates a context in the state of FNINIT: nearest, 64 bits, all exceptions masked. */
	public Float80Context() {
	}

	/**
	 * Takes rounding, precision and masks from an x87 control word. The reserved precision code 1 counts as 64 bits.
	 *
	 * @param controlWord the control word
	 */
	public void setControlWord(int controlWord) {
		roundingMode = controlWord >>> 10 & 3;
		precision = switch (controlWord >>> 8 & 3) {
			case 0 -> 24;
			case 2 -> 53;
			default -> 64;
		};
		exceptionMasks = controlWord & FpExceptions.ALL;
	}

	/** Starts an operation. */
	void begin() {
		denormalOperand = widenedDenormal;
		widenedDenormal = false;
		exceptions = 0;
		roundedUp = false;
		incomplete = false;
		suppressed = false;
	}

	/** Raises pre-computation exceptions; unmasked ones suppress the result. */
	void raise(int raised) {
		exceptions |= raised;
		if ((raised & ~exceptionMasks & FpExceptions.PRE_COMPUTATION) != 0) {
			suppressed = true;
		}
	}

	boolean isMasked(int exception) {
		return (exceptionMasks & exception) != 0;
	}

	/** Raises the denormal-operand exception if the operand is one, or was one before it was widened. */
	void checkDenormal(int se, long sig) {
		if ((se & EXPONENT_MASK) == 0 && sig != 0 || denormalOperand) {
			raise(FpExceptions.DENORMAL);
		}
	}

	void setResult(int se, long sig) {
		resultSignExponent = se;
		resultSignificand = sig;
	}

	void setZero(int sign) {
		setResult(sign << 15, 0);
	}

	void setInfinity(int sign) {
		setResult(sign << 15 | EXPONENT_MASK, INTEGER_BIT);
	}

	/** Invalid operation whose masked response is the QNaN real indefinite. */
	void setInvalid() {
		raise(FpExceptions.INVALID);
		setResult(INDEFINITE_SIGN_EXPONENT, INDEFINITE_SIGNIFICAND);
	}

	/** Handles an operand that is a NaN or unsupported. Returns whether it was, the result then being set. */
	boolean propagateNaN(int se, long sig) {
		if (Float80Format.isUnsupported(se, sig)) {
			setInvalid();
			return true;
		}
		if (!Float80Format.isNaN(se, sig)) {
			return false;
		}
		if ((sig & QUIET_BIT) == 0) {
			raise(FpExceptions.INVALID);
		}
		setResult(se, sig | QUIET_BIT);
		return true;
	}

	/**
	 * Handles operands of which one is a NaN or unsupported (SDM vol. 1, table 4-7, x87 rules). Returns whether one was, the result
	 * then being set.
	 */
	boolean propagateNaN(int seA, long sigA, int seB, long sigB) {
		if (Float80Format.isUnsupported(seA, sigA) || Float80Format.isUnsupported(seB, sigB)) {
			setInvalid();
			return true;
		}
		if (!Float80Format.isNaN(seB, sigB)) {
			return propagateNaN(seA, sigA);
		}
		if (!Float80Format.isNaN(seA, sigA)) {
			return propagateNaN(seB, sigB);
		}
		boolean quietA = (sigA & QUIET_BIT) != 0;
		boolean quietB = (sigB & QUIET_BIT) != 0;
		if (!quietA || !quietB) {
			raise(FpExceptions.INVALID);
		}
		boolean first;
		if (quietA != quietB) {
			first = quietA;
		} else {
			int order = Long.compareUnsigned(sigA, sigB);
			first = order > 0 || order == 0 && (seA & SIGN) == 0;
		}
		if (first) {
			setResult(seA, sigA | QUIET_BIT);
		} else {
			setResult(seB, sigB | QUIET_BIT);
		}
		return true;
	}

	/** Rounds the value in {@link #exact} to the given number of bits and makes it the result. */
	void roundExact(int bits) {
		round(exact.sign, exact.exponent, exact.high, exact.low, bits);
	}

	/** Rounds the value in {@link #exact} to 64 bits, reporting it as inexact even if it is not. */
	void roundAsInexact() {
		roundExact(64);
		if (!suppressed) {
			exceptions |= FpExceptions.PRECISION | (exact.exponent + BIAS <= 0 ? FpExceptions.UNDERFLOW : 0);
		}
	}

	/**
	 * Rounds (-1)<sup>sign</sup> &times; high.low &times; 2<sup>exponent-63</sup>, bit 63 of {@code high} being set, and makes it the result.
	 *
	 * @param bits significant bits to keep
	 */
	void round(int sign, int exponent, long high, long low, int bits) {
		if (suppressed) {
			return;
		}
		int field = exponent + BIAS;
		if (field <= 0) {
			boolean tiny = isTiny(sign, field, high, low, bits);
			if (!tiny || isMasked(FpExceptions.UNDERFLOW)) {
				roundDenormal(sign, field, high, low, bits);
				if (tiny && (exceptions & FpExceptions.PRECISION) != 0) {
					exceptions |= FpExceptions.UNDERFLOW;
				}
				return;
			}
			exceptions |= FpExceptions.UNDERFLOW;
			field += BIAS_ADJUSTMENT;
			if (field <= 0) {
				exceptions |= FpExceptions.PRECISION;
				setZero(sign);
				return;
			}
		}
		long fraction = fraction(high, low, bits);
		long unit = 1L << -bits;
		long kept = high & -unit;
		boolean up = RoundingMode.increments(roundingMode, sign, (kept & unit) != 0, fraction);
		if (up) {
			kept += unit;
			if (kept == 0) {
				kept = INTEGER_BIT;
				field++;
			}
		}
		if (field >= EXPONENT_MASK) {
			exceptions |= FpExceptions.OVERFLOW;
			if (isMasked(FpExceptions.OVERFLOW)) {
				exceptions |= FpExceptions.PRECISION;
				roundedUp = RoundingMode.overflowsToInfinity(roundingMode, sign);
				if (roundedUp) {
					setInfinity(sign);
				} else {
					setResult(sign << 15 | EXPONENT_MASK - 1, -unit);
				}
				return;
			}
			field -= BIAS_ADJUSTMENT;
			if (field >= EXPONENT_MASK) {
				exceptions |= FpExceptions.PRECISION;
				roundedUp = true;
				setInfinity(sign);
				return;
			}
		}
		finish(sign << 15 | field, kept, fraction, up);
	}

	private boolean isTiny(int sign, int field, long high, long low, int bits) {
		long unit = 1L << -bits;
		return field < 0 || (high & -unit) != -unit
			|| !RoundingMode.increments(roundingMode, sign, true, fraction(high, low, bits));
	}

	/** Rounds a value below the normal range; the last kept bit has the same place in the significand as otherwise. */
	private void roundDenormal(int sign, int field, long high, long low, int bits) {
		int shift = 1 - field;
		long newLow;
		long newHigh;
		if (shift < 64) {
			newLow = high << -shift | ExactArithmetic.shiftRightJam(low, shift);
			newHigh = high >>> shift;
		} else {
			newLow = ExactArithmetic.shiftRightJam(high, shift - 64) | (low != 0 ? 1 : 0);
			newHigh = 0;
		}
		long fraction = fraction(newHigh, newLow, bits);
		long unit = 1L << -bits;
		long kept = newHigh & -unit;
		boolean up = RoundingMode.increments(roundingMode, sign, (kept & unit) != 0, fraction);
		if (up) {
			kept += unit;
		}
		finish(sign << 15 | (kept < 0 ? 1 : 0), kept, fraction, up);
	}

	private void finish(int se, long sig, long fraction, boolean up) {
		if (fraction != 0) {
			exceptions |= FpExceptions.PRECISION;
		}
		roundedUp = up;
		setResult(se, sig);
	}

	/** The part of high.low below the given number of bits as a fraction of the last one, sticky in the last place. */
	private static long fraction(long high, long low, int bits) {
		return bits == 64 ? low : high << bits | (low != 0 ? 1 : 0);
	}
}
