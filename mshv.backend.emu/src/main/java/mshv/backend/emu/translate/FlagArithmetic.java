package mshv.backend.emu.translate;

import mshv.backend.emu.isa.Flag;

/**
 * What translated code calls for flags that do not follow from operands and result.
 * <p>
 * The methods for shifts and multiplications give the B field of {@link mshv.backend.emu.cpu.FlagKind#SHIFT}: CF in bit 0, OF in bit 1.
 * Counts are not zero.
 */
final class FlagArithmetic {
	private FlagArithmetic() {}

	/** CF of a subtraction with borrow, as 0 or 1. */
	static int borrow(long a, long b, long result) {
		return (int) (((~a & b) | ((~a | b) & result)) >>> 63);
	}

	/** CF of an addition with carry, as 0 or 1. */
	static int carry(long a, long b, long result) {
		return (int) (((a & b) | ((a | b) & ~result)) >>> 63);
	}

	private static long both(long carry, long overflow) {
		return carry & 1 | (overflow & 1) << 1;
	}

	static long shl64(long x, int count) {
		long carry = x >>> 64 - count;
		return both(carry, carry ^ x << count >>> 63);
	}

	static long shl32(int x, int count) {
		int carry = x >>> 32 - count;
		return both(carry, carry ^ x << count >>> 31);
	}

	static long shr64(long x, int count) {
		return both(x >>> count - 1, count == 1 ? x >>> 63 : 0);
	}

	static long shr32(int x, int count) {
		return both(x >>> count - 1, count == 1 ? x >>> 31 : 0);
	}

	static long sar64(long x, int count) {
		return x >> count - 1 & 1;
	}

	static long sar32(int x, int count) {
		return x >> count - 1 & 1;
	}

	static long imul64(long x, long y) {
		return Math.multiplyHigh(x, y) == x * y >> 63 ? 0 : 3;
	}

	static long imul32(int x, int y) {
		return (long) x * y == x * y ? 0 : 3;
	}

	/** Flags after a rotation, of those before and the result. */
	static long rol64(int flags, long result) {
		return rotated(flags, result, result ^ result >>> 63);
	}

	static long rol32(int flags, int result) {
		return rotated(flags, result, result ^ result >>> 31);
	}

	static long ror64(int flags, long result) {
		return rotated(flags, result >>> 63, result >>> 63 ^ result >>> 62);
	}

	static long ror32(int flags, int result) {
		return rotated(flags, result >>> 31, result >>> 31 ^ result >>> 30);
	}

	private static long rotated(int flags, long carry, long overflow) {
		return flags & ~(Flag.CF | Flag.OF) | carry & 1 | (overflow & 1) << 11;
	}

	/** Flags with CF replaced by bit 0 of a value. */
	static long withCarry(int flags, long bit) {
		return flags & ~Flag.CF | bit & 1;
	}
}
