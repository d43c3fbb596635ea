package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.BIAS;
import static mshv.backend.emu.fp.Float80Format.EXPONENT_MASK;
import static mshv.backend.emu.fp.Float80Format.INTEGER_BIT;
import static mshv.backend.emu.fp.Float80Format.QUIET_BIT;
import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * Conversions between double extended precision and integers, single and double precision (FILD, FIST, FISTTP, FLD, FST). Not thread-safe.
 *
 * <p>After a store whose exception forbids it, {@link Float80Context#suppressed} is set and the returned bits are meaningless.
 */
public final class Float80Conversions {
	private final Float80Context context;
	private final BinaryRounder rounder = new BinaryRounder();

	/**
	 * Creates the conversions of one processor.
	 *
	 * @param context modes and results
	 */
	public Float80Conversions(Float80Context context) {
		this.context = context;
	}

	/** FILD: the integer, sign-extended to 64 bits, as the result; always exact. */
	public void fromInteger(long value) {
		context.begin();
		if (value == 0) {
			context.setZero(0);
		} else {
			long magnitude = Math.abs(value);
			int shift = Long.numberOfLeadingZeros(magnitude);
			context.setResult((value < 0 ? SIGN : 0) | BIAS + 63 - shift, magnitude << shift);
		}
	}

	/**
	 * FIST and FISTTP: rounds to a signed integer.
	 *
	 * @param se       sign and exponent
	 * @param sig      significand
	 * @param bits     width of the integer: 16, 32 or 64
	 * @param truncate true to round toward zero (FISTTP), false to use the rounding control
	 * @return the integer, sign-extended; the integer indefinite -2<sup>bits-1</sup> after an invalid operation
	 */
	public long toInteger(int se, long sig, int bits, boolean truncate) {
		context.begin();
		int sign = Float80Format.sign(se);
		int exponent = (se & EXPONENT_MASK) - BIAS;
		long indefinite = -1L << bits - 1;
		if (exponent > 63 || Float80Format.isUnsupported(se, sig)) {
			context.raise(FpExceptions.INVALID);
			return indefinite;
		}
		long magnitude = exponent < 0 ? 0 : sig >>> 63 - exponent;
		long fraction = exponent < -1 ? sig != 0 ? 1 : 0 : exponent == 63 ? 0 : sig << exponent + 1;
		int mode = truncate ? RoundingMode.ZERO : context.roundingMode;
		boolean up = RoundingMode.increments(mode, sign, (magnitude & 1) != 0, fraction);
		if (up) {
			magnitude++;
		}
		if (Long.compareUnsigned(magnitude, sign - (indefinite + 1)) > 0) {
			context.raise(FpExceptions.INVALID);
			return indefinite;
		}
		if (fraction != 0) {
			context.exceptions |= FpExceptions.PRECISION;
			context.roundedUp = up;
		}
		return sign != 0 ? -magnitude : magnitude;
	}

	/**
	 * The single-precision memory operand of an arithmetic or compare instruction, widened into the result without any exception: a NaN
	 * stays as it is, and the next operation on the context counts a denormal as such. Not for FLD.
	 */
	public void widenFloat32(int bits) {
		widen(BinaryFormat.BINARY32, bits);
	}

	/** The double-precision memory operand of an arithmetic or compare instruction, see {@link #widenFloat32}. */
	public void widenFloat64(long bits) {
		widen(BinaryFormat.BINARY64, bits);
	}

	/** FLD m32fp: the value as the result. */
	public void fromFloat32(int bits) {
		fromBinary(BinaryFormat.BINARY32, bits);
	}

	/** FLD m64fp: the value as the result. */
	public void fromFloat64(long bits) {
		fromBinary(BinaryFormat.BINARY64, bits);
	}

	private void fromBinary(BinaryFormat format, long bits) {
		widen(format, bits);
		context.begin();
		if (format.isDenormal(bits)) {
			// Unlike in arithmetic, the value is loaded even if the exception is unmasked.
			context.exceptions |= FpExceptions.DENORMAL;
		} else if (format.isSignalling(bits)) {
			context.raise(FpExceptions.INVALID);
			context.resultSignificand |= QUIET_BIT;
		}
	}

	private void widen(BinaryFormat format, long bits) {
		int sign = format.sign(bits) << 15;
		int field = format.exponentField(bits);
		context.widenedDenormal = format.isDenormal(bits);
		if (field == 0) {
			if (context.widenedDenormal) {
				context.setResult(sign | format.exponent(bits) + BIAS, format.significand(bits));
			} else {
				context.setResult(sign, 0);
			}
			return;
		}
		int exponent = field == 2 * format.bias + 1 ? EXPONENT_MASK : field - format.bias + BIAS;
		context.setResult(sign | exponent, (bits & format.fractionMask) << 64 - format.precision | INTEGER_BIT);
	}

	/**
	 * FST m32fp: rounds to single precision by the rounding control.
	 *
	 * @return the bits of the result
	 */
	public int toFloat32(int se, long sig) {
		return (int) toBinary(BinaryFormat.BINARY32, se, sig);
	}

	/**
	 * FST m64fp: rounds to double precision by the rounding control.
	 *
	 * @return the bits of the result
	 */
	public long toFloat64(int se, long sig) {
		return toBinary(BinaryFormat.BINARY64, se, sig);
	}

	private long toBinary(BinaryFormat format, int se, long sig) {
		context.begin();
		int sign = Float80Format.sign(se);
		int field = se & EXPONENT_MASK;
		if (field == EXPONENT_MASK || Float80Format.isUnsupported(se, sig)) {
			if (sig >= 0) {
				context.raise(FpExceptions.INVALID);
				return format.indefinite;
			}
			long bits = format.zero(sign) | format.infinity;
			if (sig == INTEGER_BIT) {
				return bits;
			}
			if ((sig & QUIET_BIT) == 0) {
				context.raise(FpExceptions.INVALID);
			}
			return bits | format.quietBit | sig >>> 64 - format.precision & format.fractionMask;
		}
		if (sig == 0) {
			return format.zero(sign);
		}
		long bits = rounder.round(format, context.roundingMode, context.exceptionMasks, sign,
			Float80Format.exponent(se, sig), Float80Format.normalised(sig), 0);
		int fatal = rounder.exceptions & ~context.exceptionMasks & (FpExceptions.OVERFLOW | FpExceptions.UNDERFLOW);
		if (fatal != 0) {
			context.exceptions |= fatal;
			context.suppressed = true;
		} else {
			context.exceptions |= rounder.exceptions;
			context.roundedUp = rounder.roundedUp;
		}
		return bits;
	}
}
