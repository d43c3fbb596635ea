package mshv.backend.emu.fp;

/**
 * Scalar conversions between integers, single and double precision (CVTSI2Sx, CVTSx2SI, CVTTSx2SI, CVTSS2SD, CVTSD2SS) and rounding to
 * integral values (ROUNDSx). Floating-point values are raw bits. Not thread-safe.
 */
public final class SseConversions {
	private final SseContext context;

	/**
	 * Creates the conversions of one processor.
	 *
	 * @param context modes and exceptions
	 */
	public SseConversions(SseContext context) {
		this.context = context;
	}

	/** CVTSI2SS from a 64-bit integer, or a 32-bit one sign-extended. */
	public int integerToFloat32(long value) {
		if (context.nearest) {
			float rounded = (float) value;
			if (value == Long.MAX_VALUE || (long) rounded != value) {
				context.raiseInexact();
			}
			return Float.floatToRawIntBits(rounded);
		}
		return (int) fromInteger(BinaryFormat.BINARY32, value);
	}

	/** CVTSI2SD from a 64-bit integer, or a 32-bit one sign-extended. */
	public long integerToFloat64(long value) {
		if (context.nearest || value == (int) value) {
			double rounded = (double) value;
			// The largest integer rounds up and would come back as itself by saturation.
			if (value == Long.MAX_VALUE || (long) rounded != value) {
				context.raiseInexact();
			}
			return Double.doubleToRawLongBits(rounded);
		}
		return fromInteger(BinaryFormat.BINARY64, value);
	}

	/**
	 * CVTSS2SI and CVTTSS2SI with a 32-bit destination.
	 *
	 * @param bits     the operand
	 * @param truncate true to round toward zero, false to round by MXCSR
	 * @return the integer, or the integer indefinite -2<sup>31</sup> after an invalid operation
	 */
	public int float32ToInt32(int bits, boolean truncate) {
		if (truncate && isNormalBelow(bits, 31)) {
			float value = Float.intBitsToFloat(bits);
			int integer = (int) value;
			if (integer != value) {
				context.raiseInexact();
			}
			return integer;
		}
		return (int) toInteger(BinaryFormat.BINARY32, bits, 32, truncate);
	}

	/**
	 * CVTSS2SI and CVTTSS2SI with a 64-bit destination.
	 *
	 * @param bits     the operand
	 * @param truncate true to round toward zero, false to round by MXCSR
	 * @return the integer, or the integer indefinite -2<sup>63</sup> after an invalid operation
	 */
	public long float32ToInt64(int bits, boolean truncate) {
		if (truncate && isNormalBelow(bits, 63)) {
			float value = Float.intBitsToFloat(bits);
			long integer = (long) value;
			if (integer != value) {
				context.raiseInexact();
			}
			return integer;
		}
		return toInteger(BinaryFormat.BINARY32, bits, 64, truncate);
	}

	/**
	 * CVTSD2SI and CVTTSD2SI with a 32-bit destination.
	 *
	 * @param bits     the operand
	 * @param truncate true to round toward zero, false to round by MXCSR
	 * @return the integer, or the integer indefinite -2<sup>31</sup> after an invalid operation
	 */
	public int float64ToInt32(long bits, boolean truncate) {
		if (truncate && isNormalBelow(bits, 31)) {
			double value = Double.longBitsToDouble(bits);
			int integer = (int) value;
			if (integer != value) {
				context.raiseInexact();
			}
			return integer;
		}
		return (int) toInteger(BinaryFormat.BINARY64, bits, 32, truncate);
	}

	/**
	 * CVTSD2SI and CVTTSD2SI with a 64-bit destination.
	 *
	 * @param bits     the operand
	 * @param truncate true to round toward zero, false to round by MXCSR
	 * @return the integer, or the integer indefinite -2<sup>63</sup> after an invalid operation
	 */
	public long float64ToInt64(long bits, boolean truncate) {
		if (truncate && isNormalBelow(bits, 63)) {
			double value = Double.longBitsToDouble(bits);
			long integer = (long) value;
			if (integer != value) {
				context.raiseInexact();
			}
			return integer;
		}
		return toInteger(BinaryFormat.BINARY64, bits, 64, truncate);
	}

	/** CVTSS2SD. */
	public long float32ToFloat64(int bits) {
		BinaryFormat from = BinaryFormat.BINARY32;
		if (from.isNaN(bits)) {
			return widenNaN(bits);
		}
		return Double.doubleToRawLongBits(Float.intBitsToFloat((int) context.operand(from, bits)));
	}

	/** CVTSD2SS. */
	public int float64ToFloat32(long bits) {
		int field = (int) (bits >>> 52) & 0x7ff;
		// Well inside the normal range of single precision, rounding up included.
		if (context.nearest && field > 1023 - 126 && field < 1023 + 127) {
			double value = Double.longBitsToDouble(bits);
			float rounded = (float) value;
			if (rounded != value) {
				context.raiseInexact();
			}
			return Float.floatToRawIntBits(rounded);
		}
		BinaryFormat from = BinaryFormat.BINARY64;
		BinaryFormat to = BinaryFormat.BINARY32;
		if (from.isNaN(bits)) {
			if (from.isSignalling(bits)) {
				context.exceptions |= FpExceptions.INVALID;
			}
			return (int) (to.zero(from.sign(bits)) | to.infinity | to.quietBit | (bits & from.fractionMask) >>> 29);
		}
		if (from.isInfinite(bits)) {
			return (int) (to.zero(from.sign(bits)) | to.infinity);
		}
		long value = context.operand(from, bits);
		if (from.isZero(value)) {
			return (int) to.zero(from.sign(value));
		}
		return (int) context.round(to, from.sign(value), from.exponent(value), from.significand(value), 0);
	}

	/**
	 * ROUNDSS.
	 *
	 * @param bits    the operand
	 * @param control the immediate: rounding mode in bits 1:0, bit 2 to use MXCSR instead, bit 3 to suppress the precision exception
	 * @return the rounded value, with the operand's sign if zero
	 */
	public int roundToIntegral32(int bits, int control) {
		return (int) roundToIntegral(BinaryFormat.BINARY32, bits, control);
	}

	/**
	 * ROUNDSD.
	 *
	 * @param bits    the operand
	 * @param control the immediate: rounding mode in bits 1:0, bit 2 to use MXCSR instead, bit 3 to suppress the precision exception
	 * @return the rounded value, with the operand's sign if zero
	 */
	public long roundToIntegral64(long bits, int control) {
		return roundToIntegral(BinaryFormat.BINARY64, bits, control);
	}

	/** Whether a single is normal and below 2^power in magnitude, so that host conversion to an integer needs no care. */
	private static boolean isNormalBelow(int bits, int power) {
		int field = bits >>> 23 & 0xff;
		return field != 0 && field < 127 + power;
	}

	private static boolean isNormalBelow(long bits, int power) {
		int field = (int) (bits >>> 52) & 0x7ff;
		return field != 0 && field < 1023 + power;
	}

	private long widenNaN(int bits) {
		BinaryFormat from = BinaryFormat.BINARY32;
		BinaryFormat to = BinaryFormat.BINARY64;
		if (from.isSignalling(bits)) {
			context.exceptions |= FpExceptions.INVALID;
		}
		return to.zero(from.sign(bits)) | to.infinity | to.quietBit | (bits & from.fractionMask) << 29;
	}

	private long fromInteger(BinaryFormat format, long value) {
		if (value == 0) {
			return 0;
		}
		long magnitude = Math.abs(value);
		int shift = Long.numberOfLeadingZeros(magnitude);
		return context.round(format, value < 0 ? 1 : 0, 63 - shift, magnitude << shift, 0);
	}

	private long toInteger(BinaryFormat format, long raw, int width, boolean truncate) {
		long indefinite = -1L << width - 1;
		long bits = context.flushOperand(format, raw);
		if (format.isZero(bits)) {
			return 0;
		}
		int exponent = format.exponent(bits);
		if (format.magnitude(bits) >= format.infinity || exponent > 63) {
			context.exceptions |= FpExceptions.INVALID;
			return indefinite;
		}
		int sign = format.sign(bits);
		long sig = format.significand(bits);
		long magnitude = exponent < 0 ? 0 : sig >>> 63 - exponent;
		long fraction = exponent < -1 ? 1 : exponent == 63 ? 0 : sig << exponent + 1;
		int mode = truncate ? RoundingMode.ZERO : context.roundingMode;
		if (RoundingMode.increments(mode, sign, (magnitude & 1) != 0, fraction)) {
			magnitude++;
		}
		if (Long.compareUnsigned(magnitude, sign - (indefinite + 1)) > 0) {
			context.exceptions |= FpExceptions.INVALID;
			return indefinite;
		}
		if (fraction != 0) {
			context.exceptions |= FpExceptions.PRECISION;
		}
		return sign != 0 ? -magnitude : magnitude;
	}

	private long roundToIntegral(BinaryFormat format, long raw, int control) {
		if (format.isNaN(raw)) {
			return context.propagateNaN(format, raw, raw);
		}
		long bits = context.flushOperand(format, raw);
		int exponent = format.exponentField(bits) - format.bias;
		if (exponent >= format.fractionBits || format.isZero(bits)) {
			return bits;
		}
		int sign = format.sign(bits);
		int mode = (control & 4) != 0 ? context.roundingMode : control & 3;
		long sig = format.significand(bits);
		long magnitude = exponent < 0 ? 0 : sig >>> 63 - exponent;
		long fraction = exponent < -1 ? 1 : sig << exponent + 1;
		if (fraction == 0) {
			return bits;
		}
		if ((control & 8) == 0) {
			context.exceptions |= FpExceptions.PRECISION;
		}
		if (RoundingMode.increments(mode, sign, (magnitude & 1) != 0, fraction)) {
			magnitude++;
		}
		if (magnitude == 0) {
			return format.zero(sign);
		}
		int shift = Long.numberOfLeadingZeros(magnitude);
		long rounded = (long) (63 - shift + format.bias) << format.fractionBits
			| magnitude << shift >>> 64 - format.precision & format.fractionMask;
		return format.zero(sign) | rounded;
	}
}
