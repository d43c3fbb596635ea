package mshv.backend.emu.fp;

/**
 * Scalar single- and double-precision add, subtract, multiply, divide and square root with the exceptions of MXCSR (Intel SDM vol. 1,
 * chapter 11 and appendix E).
 *
 * <p>Values are raw bits. With rounding to nearest and operands and result in the normal range the host's arithmetic gives the result, and
 * inexactness follows from an error-free transformation; everything else is computed exactly with integers. Not thread-safe.
 */
public final class SseArithmetic {
	private static final long EXPONENT64 = 0x7ffL << 52;
	private static final long FRACTION64 = (1L << 52) - 1;
	private static final long HIDDEN64 = 1L << 52;
	private static final int EXPONENT32 = 0xff << 23;

	private final SseContext context;
	private final ExactArithmetic exact;

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context modes and exceptions
	 */
	public SseArithmetic(SseContext context) {
		this.context = context;
		exact = context.exact;
	}

	/** ADDSD: a + b. */
	public long add64(long a, long b) {
		if (context.nearest && isPlain(a) && isPlain(b)) {
			double x = Double.longBitsToDouble(a);
			double y = Double.longBitsToDouble(b);
			double sum = x + y;
			long bits = Double.doubleToRawLongBits(sum);
			// A zero sum is exact; the limit above keeps the error terms finite.
			if (exponent64(bits) < 2045 && (isNormal64(bits) || sum == 0)) {
				if (!context.inexactRecorded && sumError(x, y, sum) != 0) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
		}
		return addExact(BinaryFormat.BINARY64, a, b, 0);
	}

	/** SUBSD: a - b. */
	public long subtract64(long a, long b) {
		if (context.nearest && isPlain(a) && isPlain(b)) {
			double x = Double.longBitsToDouble(a);
			double y = -Double.longBitsToDouble(b);
			double sum = x + y;
			long bits = Double.doubleToRawLongBits(sum);
			if (exponent64(bits) < 2045 && (isNormal64(bits) || sum == 0)) {
				if (!context.inexactRecorded && sumError(x, y, sum) != 0) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
		}
		return addExact(BinaryFormat.BINARY64, a, b, 1);
	}

	/** MULSD: a &times; b. */
	public long multiply64(long a, long b) {
		if (context.nearest && isPlain(a) && isPlain(b)) {
			double product = Double.longBitsToDouble(a) * Double.longBitsToDouble(b);
			long bits = Double.doubleToRawLongBits(product);
			// The smallest normal exponent may have been reached by rounding up a tiny product.
			if (isInside64(bits)) {
				if (!context.inexactRecorded && !isProductExact(a, b, bits)) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
			if (a << 1 == 0 && exponent64(b) < 2047 || b << 1 == 0 && exponent64(a) < 2047) {
				return bits;
			}
		}
		return multiplyExact(BinaryFormat.BINARY64, a, b);
	}

	/** DIVSD: a / b. */
	public long divide64(long a, long b) {
		if (context.nearest && isNormal64(a) && isNormal64(b)) {
			double dividend = Double.longBitsToDouble(a);
			double divisor = Double.longBitsToDouble(b);
			double quotient = dividend / divisor;
			long bits = Double.doubleToRawLongBits(quotient);
			if (isInside64(bits)) {
				if (!context.inexactRecorded && (quotient * divisor != dividend || !isProductExact(bits, b, a))) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
		}
		return divideExact(BinaryFormat.BINARY64, a, b);
	}

	/** SQRTSD: the square root. */
	public long squareRoot64(long a) {
		if (context.nearest && a > 0 && isNormal64(a)) {
			double operand = Double.longBitsToDouble(a);
			double root = Math.sqrt(operand);
			long bits = Double.doubleToRawLongBits(root);
			if (!context.inexactRecorded && (root * root != operand || !isProductExact(bits, bits, a))) {
				context.exceptions |= FpExceptions.PRECISION;
			}
			return bits;
		}
		return squareRootExact(BinaryFormat.BINARY64, a);
	}

	/** ADDSS: a + b. */
	public int add32(int a, int b) {
		if (context.nearest && isPlain(a) && isPlain(b)) {
			float x = Float.intBitsToFloat(a);
			float y = Float.intBitsToFloat(b);
			float sum = x + y;
			int bits = Float.floatToRawIntBits(sum);
			if (exponent32(bits) < 253 && (isNormal32(bits) || sum == 0)) {
				if (!context.inexactRecorded && sumError(x, y, sum) != 0) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
		}
		return (int) addExact(BinaryFormat.BINARY32, a, b, 0);
	}

	/** SUBSS: a - b. */
	public int subtract32(int a, int b) {
		if (context.nearest && isPlain(a) && isPlain(b)) {
			float x = Float.intBitsToFloat(a);
			float y = -Float.intBitsToFloat(b);
			float sum = x + y;
			int bits = Float.floatToRawIntBits(sum);
			if (exponent32(bits) < 253 && (isNormal32(bits) || sum == 0)) {
				if (!context.inexactRecorded && sumError(x, y, sum) != 0) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
		}
		return (int) addExact(BinaryFormat.BINARY32, a, b, 1);
	}

	/** MULSS: a &times; b. */
	public int multiply32(int a, int b) {
		if (context.nearest && isPlain(a) && isPlain(b)) {
			// Exact: 48 significant bits at most.
			double product = (double) Float.intBitsToFloat(a) * Float.intBitsToFloat(b);
			float result = (float) product;
			int bits = Float.floatToRawIntBits(result);
			if (isInside32(bits)) {
				if (result != product) {
					context.raiseInexact();
				}
				return bits;
			}
			if (a << 1 == 0 && exponent32(b) < 255 || b << 1 == 0 && exponent32(a) < 255) {
				return bits;
			}
		}
		return (int) multiplyExact(BinaryFormat.BINARY32, a, b);
	}

	/** DIVSS: a / b. */
	public int divide32(int a, int b) {
		if (context.nearest && isNormal32(a) && isNormal32(b)) {
			float dividend = Float.intBitsToFloat(a);
			float divisor = Float.intBitsToFloat(b);
			float quotient = dividend / divisor;
			int bits = Float.floatToRawIntBits(quotient);
			if (isInside32(bits)) {
				if (!context.inexactRecorded && (double) quotient * divisor != dividend) {
					context.exceptions |= FpExceptions.PRECISION;
				}
				return bits;
			}
		}
		return (int) divideExact(BinaryFormat.BINARY32, a, b);
	}

	/** SQRTSS: the square root. */
	public int squareRoot32(int a) {
		if (context.nearest && a > 0 && isNormal32(a)) {
			float operand = Float.intBitsToFloat(a);
			// Rounding the double root once more is harmless: 53 >= 2 * 24 + 2.
			float root = (float) Math.sqrt(operand);
			if (!context.inexactRecorded && (double) root * root != operand) {
				context.exceptions |= FpExceptions.PRECISION;
			}
			return Float.floatToRawIntBits(root);
		}
		return (int) squareRootExact(BinaryFormat.BINARY32, a);
	}

	private long addExact(BinaryFormat format, long rawA, long rawB, int flip) {
		if (format.isNaN(rawA) || format.isNaN(rawB)) {
			return context.propagateNaN(format, rawA, rawB);
		}
		long a = context.flushOperand(format, rawA);
		long b = context.flushOperand(format, rawB);
		int signA = format.sign(a);
		int signB = format.sign(b) ^ flip;
		boolean infiniteA = format.isInfinite(a);
		boolean infiniteB = format.isInfinite(b);
		if (infiniteA && infiniteB && signA != signB) {
			return context.invalid(format);
		}
		context.checkDenormals(format, a, b);
		if (infiniteA || infiniteB) {
			return format.infinity | format.zero(infiniteA ? signA : signB);
		}
		int zeroSign = context.roundingMode == RoundingMode.DOWN ? 1 : 0;
		if (format.isZero(b)) {
			if (format.isZero(a)) {
				return format.zero(signA == signB ? signA : zeroSign);
			}
			return context.round(format, signA, format.exponent(a), format.significand(a), 0);
		}
		if (format.isZero(a)) {
			return context.round(format, signB, format.exponent(b), format.significand(b), 0);
		}
		exact.add(signA, format.exponent(a), format.significand(a), signB, format.exponent(b), format.significand(b));
		return exact.high == 0 ? format.zero(zeroSign) : context.roundExact(format);
	}

	private long multiplyExact(BinaryFormat format, long rawA, long rawB) {
		if (format.isNaN(rawA) || format.isNaN(rawB)) {
			return context.propagateNaN(format, rawA, rawB);
		}
		long a = context.flushOperand(format, rawA);
		long b = context.flushOperand(format, rawB);
		int sign = format.sign(a) ^ format.sign(b);
		boolean infinite = format.isInfinite(a) || format.isInfinite(b);
		boolean zero = format.isZero(a) || format.isZero(b);
		if (infinite && zero) {
			return context.invalid(format);
		}
		context.checkDenormals(format, a, b);
		if (infinite || zero) {
			return format.zero(sign) | (infinite ? format.infinity : 0);
		}
		exact.multiply(sign, format.exponent(a), format.significand(a), 0, format.exponent(b), format.significand(b));
		return context.roundExact(format);
	}

	private long divideExact(BinaryFormat format, long rawA, long rawB) {
		if (format.isNaN(rawA) || format.isNaN(rawB)) {
			return context.propagateNaN(format, rawA, rawB);
		}
		long a = context.flushOperand(format, rawA);
		long b = context.flushOperand(format, rawB);
		int sign = format.sign(a) ^ format.sign(b);
		boolean infiniteA = format.isInfinite(a);
		boolean infiniteB = format.isInfinite(b);
		boolean zeroA = format.isZero(a);
		boolean zeroB = format.isZero(b);
		if (infiniteA && infiniteB || zeroA && zeroB) {
			return context.invalid(format);
		}
		if (zeroB && !infiniteA) {
			context.exceptions |= FpExceptions.ZERO_DIVIDE;
			return format.infinity | format.zero(sign);
		}
		context.checkDenormals(format, a, b);
		if (infiniteA) {
			return format.infinity | format.zero(sign);
		}
		if (infiniteB || zeroA) {
			return format.zero(sign);
		}
		exact.divide(sign, format.exponent(a), format.significand(a), 0, format.exponent(b), format.significand(b));
		return context.roundExact(format);
	}

	private long squareRootExact(BinaryFormat format, long raw) {
		if (format.isNaN(raw)) {
			return context.propagateNaN(format, raw, raw);
		}
		long a = context.flushOperand(format, raw);
		if (format.isZero(a)) {
			return a;
		}
		if (format.sign(a) != 0) {
			return context.invalid(format);
		}
		if (format.isInfinite(a)) {
			return a;
		}
		context.checkDenormals(format, a, a);
		exact.squareRoot(format.exponent(a), format.significand(a));
		return context.roundExact(format);
	}

	/** Error of a rounded sum that did not overflow (Knuth's TwoSum). */
	private static double sumError(double x, double y, double sum) {
		double fromY = sum - x;
		return (x - (sum - fromY)) + (y - fromY);
	}

	private static float sumError(float x, float y, float sum) {
		float fromY = sum - x;
		return (x - (sum - fromY)) + (y - fromY);
	}

	/** Whether a product of normal numbers is representable: its trailing zeros are those of the factors together. */
	private static boolean isProductExact(long a, long b, long product) {
		int zeros = Long.numberOfTrailingZeros(a & FRACTION64 | HIDDEN64) + Long.numberOfTrailingZeros(b & FRACTION64 | HIDDEN64);
		// 105 or 106 bits, by the exponent of the rounded product.
		int carry = exponent64(product) - (exponent64(a) + exponent64(b) - 1023);
		return zeros >= 52 + carry;
	}

	private static int exponent64(long bits) {
		return (int) (bits >>> 52) & 0x7ff;
	}

	private static int exponent32(int bits) {
		return bits >>> 23 & 0xff;
	}

	/** Neither denormal nor, once the result is known to be finite, a NaN or infinity. */
	private static boolean isPlain(long bits) {
		return (bits & EXPONENT64) != 0 || bits << 1 == 0;
	}

	private static boolean isPlain(int bits) {
		return (bits & EXPONENT32) != 0 || bits << 1 == 0;
	}

	private static boolean isNormal64(long bits) {
		int exponent = exponent64(bits);
		return exponent != 0 && exponent != 2047;
	}

	private static boolean isNormal32(int bits) {
		int exponent = exponent32(bits);
		return exponent != 0 && exponent != 255;
	}

	/** Normal and not of the smallest exponent. */
	private static boolean isInside64(long bits) {
		int exponent = exponent64(bits);
		return exponent > 1 && exponent != 2047;
	}

	private static boolean isInside32(int bits) {
		int exponent = exponent32(bits);
		return exponent > 1 && exponent != 255;
	}
}
