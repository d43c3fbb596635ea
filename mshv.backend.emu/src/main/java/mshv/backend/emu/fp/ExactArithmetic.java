package mshv.backend.emu.fp;

/**
 * Arithmetic on finite non-zero numbers with 64-bit normalised significands, giving the result before rounding.
 *
 * <p>A number is (-1)<sup>sign</sup> &times; significand &times; 2<sup>exponent-63</sup> with bit 63 of the significand set; the
 * exponent is unbiased. The result adds 64 bits below: {@link #high} and {@link #low}, where the last bit of {@code low} is also set
 * if anything non-zero follows it. Reused, not thread-safe.
 */
final class ExactArithmetic {
	/** Result sign, 1 for negative. Undefined if the result is zero. */
	int sign;
	/** Unbiased result exponent. */
	int exponent;
	/** Upper part of the result, bit 63 set; zero exactly when the sum of opposite numbers was zero. */
	long high;
	/** Lower part of the result, the last bit sticky. */
	long low;
	/** Remainder left by {@link #divide128}. */
	long remainder;

	/** Adds two numbers. */
	void add(int signA, int expA, long sigA, int signB, int expB, long sigB) {
		if (expA < expB || expA == expB && Long.compareUnsigned(sigA, sigB) < 0) {
			addOrdered(signB, expB, sigB, signA, expA, sigA);
		} else {
			addOrdered(signA, expA, sigA, signB, expB, sigB);
		}
	}

	private void addOrdered(int signA, int expA, long sigA, int signB, int expB, long sigB) {
		int distance = expA - expB;
		long bHigh = distance < 64 ? sigB >>> distance : 0;
		long bLow = distance == 0 ? 0 : distance < 64 ? sigB << -distance : shiftRightJam(sigB, distance - 64);
		sign = signA;
		exponent = expA;
		if (signA == signB) {
			high = sigA + bHigh;
			low = bLow;
			if (Long.compareUnsigned(high, sigA) < 0) {
				low = high << 63 | low >>> 1 | low & 1;
				high = high >>> 1 | Long.MIN_VALUE;
				exponent++;
			}
		} else {
			high = sigA - bHigh - (bLow != 0 ? 1 : 0);
			low = -bLow;
			normalise();
		}
	}

	/** Multiplies two numbers. */
	void multiply(int signA, int expA, long sigA, int signB, int expB, long sigB) {
		sign = signA ^ signB;
		exponent = expA + expB + 1;
		high = Math.unsignedMultiplyHigh(sigA, sigB);
		low = sigA * sigB;
		if (high >= 0) {
			high = high << 1 | low >>> 63;
			low <<= 1;
			exponent--;
		}
	}

	/** Divides the first number by the second. */
	void divide(int signA, int expA, long sigA, int signB, int expB, long sigB) {
		sign = signA ^ signB;
		exponent = expA - expB;
		if (Long.compareUnsigned(sigA, sigB) >= 0) {
			high = divide128(sigA >>> 1, sigA << 63, sigB);
		} else {
			high = divide128(sigA, 0, sigB);
			exponent--;
		}
		low = halfOrSticky(remainder, remainder < 0 || Long.compareUnsigned(remainder << 1, sigB) > 0);
	}

	/** Takes the square root of a positive number. */
	void squareRoot(int exp, long sig) {
		sign = 0;
		exponent = exp >> 1;
		long numHigh = (exp & 1) == 0 ? sig >>> 1 : sig;
		long numLow = (exp & 1) == 0 ? sig << 63 : 0;
		// Two digits of 32 bits: the root of the upper half, then one division by twice that root (school method).
		long first = root64(numHigh);
		long rest = numHigh - first * first;
		long twice = first << 1;
		long dividend = rest << 32 | numLow >>> 32;
		long digit;
		long left;
		if (rest >>> 32 != 0) {
			// 65-bit dividend: take out one multiple of 2^32 first.
			dividend -= twice << 31;
			digit = Long.divideUnsigned(dividend, twice) + (1L << 31);
			left = Long.remainderUnsigned(dividend, twice);
		} else {
			digit = Long.divideUnsigned(dividend, twice);
			left = Long.remainderUnsigned(dividend, twice);
		}
		long root = (first << 32) + digit;
		// The remainder of the whole is left * 2^32 + (low digit) - digit^2, up to 65 bits and possibly negative.
		long squareHigh = digit >>> 32 != 0 ? 1 : 0;
		long square = digit * digit;
		long remHigh = left >>> 32;
		long remLow = left << 32 | numLow & 0xffffffffL;
		remHigh -= squareHigh + (Long.compareUnsigned(remLow, square) < 0 ? 1 : 0);
		remLow -= square;
		while (remHigh < 0) {
			root--;
			// remainder += 2 * root + 1
			long addLow = root << 1 | 1;
			remLow += addLow;
			remHigh += (root >>> 63) + (Long.compareUnsigned(remLow, addLow) < 0 ? 1 : 0);
		}
		high = root;
		low = halfOrSticky(remHigh | remLow, remHigh != 0 || Long.compareUnsigned(remLow, root) > 0);
	}

	/**
	 * Divides an unsigned 128-bit number by a normalised divisor (bit 63 set); {@code numHigh} must be below it.
	 *
	 * @return the quotient; the remainder is in {@link #remainder}
	 */
	long divide128(long numHigh, long numLow, long divisor) {
		long upper = quotientDigit(numHigh, numLow >>> 32, divisor);
		long lower = quotientDigit(remainder, numLow & 0xffffffffL, divisor);
		return upper << 32 | lower;
	}

	/** One 32-bit digit of (num * 2^32 + next) / divisor by estimate and correction (Knuth, TAOCP 4.3.1 D). */
	private long quotientDigit(long num, long next, long divisor) {
		long top = divisor >>> 32;
		long bottom = divisor & 0xffffffffL;
		long digit = Long.divideUnsigned(num, top);
		long rest = num - digit * top;
		while (digit >>> 32 != 0 || Long.compareUnsigned(digit * bottom, rest << 32 | next) > 0) {
			digit--;
			rest += top;
			if (rest >>> 32 != 0) {
				break;
			}
		}
		remainder = (num << 32 | next) - digit * divisor;
		return digit;
	}

	/** Moves the leading one of {@link #high}:{@link #low} to bit 63 of {@code high}, unless the number is zero. */
	void normalise() {
		if (high == 0) {
			high = low;
			low = 0;
			exponent -= 64;
		}
		int shift = Long.numberOfLeadingZeros(high);
		if (shift > 0 && shift < 64) {
			high = high << shift | low >>> -shift;
			low <<= shift;
			exponent -= shift;
		}
	}

	private static long halfOrSticky(long rest, boolean aboveHalf) {
		return rest == 0 ? 0 : aboveHalf ? Long.MIN_VALUE | 1 : 1;
	}

	/** Shifts right; bits lost set the last bit of the result. Any non-negative count is allowed. */
	static long shiftRightJam(long value, int count) {
		if (count == 0) {
			return value;
		}
		if (count > 63) {
			return value != 0 ? 1 : 0;
		}
		return value >>> count | (value << -count != 0 ? 1 : 0);
	}

	private static long root64(long value) {
		double approximate = (double) (value >>> 1) * 2.0;
		long root = (long) Math.sqrt(approximate);
		if (root > 0xffffffffL) {
			root = 0xffffffffL;
		}
		while (Long.compareUnsigned(root * root, value) > 0) {
			root--;
		}
		while (root < 0xffffffffL && Long.compareUnsigned((root + 1) * (root + 1), value) <= 0) {
			root++;
		}
		return root;
	}
}
