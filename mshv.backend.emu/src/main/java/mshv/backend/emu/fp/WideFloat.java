package mshv.backend.emu.fp;

/**
 * A mutable binary floating-point number with a 128-bit significand and unlimited range, the working precision of the transcendental
 * functions. Results are truncated; each operation is off by less than 2<sup>-122</sup> of its result. Not thread-safe.
 */
final class WideFloat {
	/** 1 for negative. */
	private int sign;
	/** Unbiased exponent: the value is high.low &times; 2<sup>exponent-63</sup>. */
	private int exponent;
	/** Upper half of the significand, bit 63 set; zero for the number zero. */
	private long high;
	private long low;

	int sign() {
		return sign;
	}

	int exponent() {
		return exponent;
	}

	long high() {
		return high;
	}

	long low() {
		return low;
	}

	boolean isZero() {
		return high == 0;
	}

	WideFloat set(WideFloat other) {
		return set(other.sign, other.exponent, other.high, other.low);
	}

	/** Sets (-1)^sign * high.low * 2^(exponent-63) from parts with bit 63 of {@code newHigh} set. */
	WideFloat set(int newSign, int newExponent, long newHigh, long newLow) {
		sign = newSign;
		exponent = newExponent;
		high = newHigh;
		low = newLow;
		return this;
	}

	WideFloat set(int value) {
		return setUnsigned(value < 0 ? 1 : 0, 0, 0, Math.abs((long) value));
	}

	/** Sets (-1)^sign * (newHigh * 2^64 + newLow) * 2^scale from an unsigned 128-bit integer. */
	WideFloat setUnsigned(int newSign, int scale, long newHigh, long newLow) {
		set(newSign, scale + 127, newHigh, newLow);
		normalise();
		return this;
	}

	/** Sets a supported finite non-zero double extended value. */
	WideFloat setFloat80(int se, long sig) {
		return set(Float80Format.sign(se), Float80Format.exponent(se, sig), Float80Format.normalised(sig), 0);
	}

	WideFloat negate() {
		sign ^= 1;
		return this;
	}

	/** Multiplies by 2^power. */
	WideFloat scale(int power) {
		exponent += power;
		return this;
	}

	WideFloat multiply(WideFloat a, WideFloat b) {
		if (a.high == 0 || b.high == 0) {
			return set(0, 0, 0, 0);
		}
		long cross1 = Math.unsignedMultiplyHigh(a.high, b.low);
		long cross2 = Math.unsignedMultiplyHigh(a.low, b.high);
		long cross = cross1 + cross2;
		long carry = Long.compareUnsigned(cross, cross1) < 0 ? 1 : 0;
		long productLow = a.high * b.high;
		long productHigh = Math.unsignedMultiplyHigh(a.high, b.high);
		long newLow = productLow + cross;
		long newHigh = productHigh + carry + (Long.compareUnsigned(newLow, cross) < 0 ? 1 : 0);
		set(a.sign ^ b.sign, a.exponent + b.exponent + 1, newHigh, newLow);
		normalise();
		return this;
	}

	WideFloat add(WideFloat a, WideFloat b) {
		return sum(a, b, b.sign);
	}

	WideFloat subtract(WideFloat a, WideFloat b) {
		return sum(a, b, b.sign ^ 1);
	}

	private WideFloat sum(WideFloat a, WideFloat b, int signB) {
		if (b.high == 0) {
			return set(a);
		}
		if (a.high == 0) {
			return set(signB, b.exponent, b.high, b.low);
		}
		boolean swap = a.exponent < b.exponent || a.exponent == b.exponent && (Long.compareUnsigned(a.high, b.high) < 0
			|| a.high == b.high && Long.compareUnsigned(a.low, b.low) < 0);
		WideFloat large = swap ? b : a;
		WideFloat small = swap ? a : b;
		int largeSign = swap ? signB : a.sign;
		boolean same = a.sign == signB;
		int distance = large.exponent - small.exponent;
		long h = distance >= 64 ? 0 : small.high >>> distance;
		// What lies below 128 bits still makes a difference smaller, so that results just below a representable value stay there.
		long l = distance >= 128 ? same ? 0 : 1 : distance >= 64 ? small.high >>> distance
			: distance == 0 ? small.low : small.high << -distance | small.low >>> distance;
		if (same) {
			long sumLow = large.low + l;
			long carry = Long.compareUnsigned(sumLow, l) < 0 ? 1 : 0;
			long partial = large.high + h;
			long sumHigh = partial + carry;
			boolean overflow = Long.compareUnsigned(partial, h) < 0 || carry != 0 && sumHigh == 0;
			if (overflow) {
				return set(largeSign, large.exponent + 1, sumHigh >>> 1 | Long.MIN_VALUE, sumHigh << 63 | sumLow >>> 1);
			}
			return set(largeSign, large.exponent, sumHigh, sumLow);
		}
		long newLow = large.low - l;
		long newHigh = large.high - h - (Long.compareUnsigned(large.low, l) < 0 ? 1 : 0);
		set(largeSign, large.exponent, newHigh, newLow);
		normalise();
		return this;
	}

	/** Divides; {@code digits} does the 64-bit steps. */
	WideFloat divide(WideFloat a, WideFloat b, ExactArithmetic digits) {
		if (a.high == 0) {
			return set(a);
		}
		long bHigh = b.high;
		long bLow = b.low;
		int newSign = a.sign ^ b.sign;
		int newExponent = a.exponent - b.exponent - 1;
		high = a.high;
		low = a.low;
		if (Long.compareUnsigned(high, bHigh) > 0 || high == bHigh && Long.compareUnsigned(low, bLow) >= 0) {
			low = high << 63 | low >>> 1;
			high >>>= 1;
			newExponent++;
		}
		long first = quotientDigit(bHigh, bLow, digits);
		long second = quotientDigit(bHigh, bLow, digits);
		return set(newSign, newExponent, first, second);
	}

	/** One 64-bit digit of this significand, below the divisor, times 2^64 over the divisor; the remainder replaces the significand. */
	private long quotientDigit(long bHigh, long bLow, ExactArithmetic digits) {
		long digit = high == bHigh ? -1L : digits.divide128(high, low, bHigh);
		long productHigh = Math.unsignedMultiplyHigh(digit, bLow);
		long low0 = -(digit * bLow);
		long middle = low - digit * bHigh;
		long top = high - Math.unsignedMultiplyHigh(digit, bHigh) - (Long.compareUnsigned(low, digit * bHigh) < 0 ? 1 : 0);
		long take = productHigh + (low0 != 0 ? 1 : 0);
		long rest = middle - take;
		top -= Long.compareUnsigned(middle, take) < 0 ? 1 : 0;
		while (top < 0) {
			digit--;
			low0 += bLow;
			long carry = Long.compareUnsigned(low0, bLow) < 0 ? 1 : 0;
			long add = bHigh + carry;
			rest += add;
			top += (carry != 0 && add == 0 ? 1 : 0) + (Long.compareUnsigned(rest, add) < 0 ? 1 : 0);
		}
		high = rest;
		low = low0;
		return digit;
	}

	private void normalise() {
		if (high == 0) {
			high = low;
			low = 0;
			exponent -= 64;
		}
		int shift = Long.numberOfLeadingZeros(high);
		if (shift == 64) {
			set(0, 0, 0, 0);
		} else if (shift > 0) {
			high = high << shift | low >>> -shift;
			low <<= shift;
			exponent -= shift;
		}
	}
}
