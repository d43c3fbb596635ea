package mshv.backend.emu.fp;

/**
 * The two interchange formats of IEEE 754 that SSE computes in and x87 loads and stores.
 */
enum BinaryFormat {
	/** Single precision, 32 bits. */
	BINARY32(24, 127),
	/** Double precision, 64 bits. */
	BINARY64(53, 1023);

	/** Significant bits including the hidden one. */
	final int precision;
	/** Exponent bias, also the largest unbiased exponent. */
	final int bias;
	/** Bits of the stored fraction. */
	final int fractionBits;
	/** Number of the sign bit. */
	final int signShift;
	/** Bits of infinity, which are also the mask of the exponent field. */
	final long infinity;
	/** Quiet bit of a NaN. */
	final long quietBit;
	/** Mask of the fraction. */
	final long fractionMask;
	/** The QNaN real indefinite: negative, quiet, no payload. */
	final long indefinite;

	BinaryFormat(int precision, int bias) {
		this.precision = precision;
		this.bias = bias;
		fractionBits = precision - 1;
		infinity = (2L * bias + 1) << fractionBits;
		signShift = 64 - Long.numberOfLeadingZeros(infinity);
		quietBit = 1L << fractionBits - 1;
		fractionMask = (1L << fractionBits) - 1;
		indefinite = 1L << signShift | infinity | quietBit;
	}

	long zero(int sign) {
		return (long) sign << signShift;
	}

	long magnitude(long bits) {
		return bits & ~(-1L << signShift);
	}

	int sign(long bits) {
		return (int) (bits >>> signShift) & 1;
	}

	int exponentField(long bits) {
		return (int) (magnitude(bits) >>> fractionBits);
	}

	boolean isZero(long bits) {
		return magnitude(bits) == 0;
	}

	boolean isNaN(long bits) {
		return magnitude(bits) > infinity;
	}

	boolean isSignalling(long bits) {
		return isNaN(bits) && (bits & quietBit) == 0;
	}

	boolean isInfinite(long bits) {
		return magnitude(bits) == infinity;
	}

	boolean isDenormal(long bits) {
		return (bits & infinity) == 0 && magnitude(bits) != 0;
	}

	/** Significand of a finite non-zero number with its leading one at bit 63. */
	long significand(long bits) {
		long fraction = bits & fractionMask;
		if ((bits & infinity) == 0) {
			return fraction << Long.numberOfLeadingZeros(fraction);
		}
		return fraction << 64 - precision | Long.MIN_VALUE;
	}

	/** Unbiased exponent of a finite non-zero number whose significand is {@link #significand}. */
	int exponent(long bits) {
		if ((bits & infinity) == 0) {
			return 64 - precision + 1 - bias - Long.numberOfLeadingZeros(bits & fractionMask);
		}
		return exponentField(bits) - bias;
	}
}
