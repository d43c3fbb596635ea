package mshv.backend.emu.vectors;

/** Operand values: the boundaries of each type, and random ones between them. */
final class Values {
	private static final long[] SMALL = {0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, 127, 128, 255, 256};
	private static final int[] SINGLES = {0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001,
			0x7F800001, 0xFFBFFFFF, 1, 0x80000001, 0x007FFFFF, 0x807FFFFF, 0x00800000, 0x80800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F000000,
			0x3FC00000, 0x40200000, 0xBF000000, 0x4F000000, 0xCF000000, 0x4EFFFFFF, 0x5F000000, 0xDF000000, 0x47000000, 0x3F7FFFFF,
			0x3F800001, 0x4B000001, 0x40490FDB};
	private static final long[] DOUBLES = {0, 0x8000000000000000L, 0x3FF0000000000000L, 0xBFF0000000000000L, 0x7FF0000000000000L,
			0xFFF0000000000000L, 0x7FF8000000000000L, 0xFFF8000000000001L, 0x7FF0000000000001L, 0xFFF7FFFFFFFFFFFFL, 1,
			0x8000000000000001L, 0x000FFFFFFFFFFFFFL, 0x800FFFFFFFFFFFFFL, 0x0010000000000000L, 0x8010000000000000L,
			0x7FEFFFFFFFFFFFFFL, 0xFFEFFFFFFFFFFFFFL, 0x3FE0000000000000L, 0x3FF8000000000000L, 0x4004000000000000L,
			0xBFE0000000000000L, 0x41E0000000000000L, 0xC1E0000000000000L, 0x41DFFFFFFFC00000L, 0x41DFFFFFFFE00000L,
			0xC1E0000000100000L, 0x43E0000000000000L, 0xC3E0000000000000L, 0x47EFFFFFE0000000L, 0x47EFFFFFF0000000L,
			0x3810000000000000L, 0x380FFFFFF0000000L, 0x36A0000000000000L, 0x3FF0000010000000L, 0x400921FB54442D18L};

	private final Prng prng;
	private int exponent;
	private long significand;

	Values(Prng prng) {
		this.prng = prng;
	}

	/** An integer whose low {@code bits} bits are likely to be a boundary; the bits above are anything. */
	long integer(int bits) {
		int kind = prng.below(10);
		if (kind < 3 || bits < 8) {
			return prng.next();
		}
		long low = switch (kind) {
			case 3 -> prng.pick(SMALL);
			case 4 -> -prng.pick(SMALL);
			case 5 -> 1L << prng.below(bits);
			case 6 -> (1L << bits - 1) - prng.below(3);
			case 7 -> (1L << bits - 1) + prng.below(2);
			case 8 -> prng.next() >>> 64 - 1 - prng.below(bits);
			default -> prng.next() >> 64 - 1 - prng.below(bits);
		};
		if (bits == 64 || prng.chance(50)) {
			return low;
		}
		long mask = (1L << bits) - 1;
		return low & mask | prng.next() & ~mask;
	}

	int single() {
		return switch (prng.below(8)) {
			case 0, 1, 2 -> SINGLES[prng.below(SINGLES.length)];
			case 3 -> (int) prng.next();
			case 4 -> Float.floatToRawIntBits(prng.below(2000) - 1000);
			case 5 -> Float.floatToRawIntBits((prng.below(2000) - 1000) / 2f);
			case 6 -> (int) prng.next() & 0x80000003 | 0x3F800000 + (prng.below(6) << 23);
			default -> (int) prng.next() & 0x807FFFFF | 127 - 26 + prng.below(70) << 23;
		};
	}

	long dbl() {
		return switch (prng.below(8)) {
			case 0, 1, 2 -> prng.pick(DOUBLES);
			case 3 -> prng.next();
			case 4 -> Double.doubleToRawLongBits(prng.below(200000) - 100000);
			case 5 -> Double.doubleToRawLongBits(Float.intBitsToFloat(single()));
			case 6 -> prng.next() & 0x8000000000000003L | 0x3FF0000000000000L + ((long) prng.below(6) << 52);
			default -> prng.next() & 0x800FFFFFFFFFFFFFL | (long) (1023 - 55 + prng.below(130)) << 52;
		};
	}

	/** Draws an 80-bit number into {@link #exponent()} and {@link #significand()}. */
	void extended() {
		int sign = prng.below(2) << 15;
		final long integerBit = Long.MIN_VALUE;
		switch (prng.below(20)) {
			case 0 -> extended(sign, 0);
			case 1 -> extended(sign | 0x3FFF, integerBit);
			case 2 -> extended(sign | 0x7FFF, integerBit);
			case 3 -> extended(sign | 0x7FFF, 0xC000000000000000L | prng.next() >>> 2);
			case 4 -> extended(sign | 0x7FFF, integerBit | 1 | prng.next() >>> 2);
			case 5 -> extended(sign, prng.next() >>> 1 + prng.below(63));
			case 6 -> extended(sign, integerBit | prng.next());
			case 7 -> extended(sign | 1 + prng.below(0x7FFF), prng.next() >>> 1);
			case 8 -> extended(sign | 1, integerBit | prng.next());
			case 9 -> extended(sign | 0x7FFE, integerBit | prng.next());
			case 10 -> extended(sign | prng.below(0x7FFF), integerBit | prng.next());
			case 11, 12 -> fromDouble(dbl());
			case 13 -> fromDouble(Double.doubleToRawLongBits(prng.below(2000) - 1000));
			case 14 -> extended(sign | 0x3FFF + prng.below(66), integerBit | prng.next() << prng.below(64));
			default -> extended(sign | 0x3FFF - 35 + prng.below(70), integerBit | prng.next());
		}
	}

	/** A finite number of moderate size, between 2^low and 2^(low + span), for functions with a restricted domain. */
	void moderate(int low, int span) {
		extended(prng.below(2) << 15 | 0x3FFF + low + prng.below(span), Long.MIN_VALUE | prng.next());
	}

	int exponent() {
		return exponent;
	}

	long significand() {
		return significand;
	}

	private void extended(int newExponent, long newSignificand) {
		exponent = newExponent;
		significand = newSignificand;
	}

	private void fromDouble(long bits) {
		int sign = (int) (bits >>> 63) << 15;
		int biased = (int) (bits >>> 52) & 0x7FF;
		long fraction = bits << 11 & Long.MAX_VALUE;
		if (biased == 0x7FF) {
			extended(sign | 0x7FFF, Long.MIN_VALUE | fraction);
		} else if (biased == 0) {
			extended(sign, fraction);
		} else {
			extended(sign | biased + 0x3FFF - 1023, Long.MIN_VALUE | fraction);
		}
	}

	/** Up to eight bytes of an operand with lanes of the given type. */
	long quadword(Element element, int operandBits) {
		return switch (element) {
			case SINGLE -> single() & 0xFFFFFFFFL | (long) single() << 32;
			case DOUBLE -> dbl();
			case INT16 -> integer(16) & 0xFFFF | (integer(16) & 0xFFFF) << 16 | (integer(16) & 0xFFFF) << 32 | integer(16) << 48;
			case INT32 -> integer(32) & 0xFFFFFFFFL | integer(32) << 32;
			case INT64 -> integer(64);
			case INTEGER -> integer(Math.min(64, Math.max(8, operandBits)));
			case EXTENDED, DECIMAL -> prng.next();
		};
	}
}
