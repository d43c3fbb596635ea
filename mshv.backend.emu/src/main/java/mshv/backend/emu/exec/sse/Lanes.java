package mshv.backend.emu.exec.sse;

/** Element-wise integer arithmetic on 64 bits: eight bytes, four words or two doublewords at a time. */
final class Lanes {
	private static final long BYTE_TOPS = 0x8080808080808080L;
	private static final long WORD_TOPS = 0x8000800080008000L;
	private static final long DWORD_TOPS = 0x8000000080000000L;

	private Lanes() {}

	/** An operation on one element, sign-extended. */
	@FunctionalInterface
	interface Element {
		int apply(int a, int b);
	}

	private static long add(long a, long b, long tops) {
		return (a & ~tops) + (b & ~tops) ^ (a ^ b) & tops;
	}

	private static long subtract(long a, long b, long tops) {
		return (a | tops) - (b & ~tops) ^ (a ^ ~b) & tops;
	}

	static long addBytes(long a, long b) {
		return add(a, b, BYTE_TOPS);
	}

	static long addWords(long a, long b) {
		return add(a, b, WORD_TOPS);
	}

	static long addDwords(long a, long b) {
		return add(a, b, DWORD_TOPS);
	}

	static long subtractBytes(long a, long b) {
		return subtract(a, b, BYTE_TOPS);
	}

	static long subtractWords(long a, long b) {
		return subtract(a, b, WORD_TOPS);
	}

	static long subtractDwords(long a, long b) {
		return subtract(a, b, DWORD_TOPS);
	}

	/** Applies an operation to each byte, sign-extended. */
	static long bytes(long a, long b, Element f) {
		long result = 0;
		for (int shift = 0; shift < 64; shift += 8) {
			result |= (f.apply((byte) (a >>> shift), (byte) (b >>> shift)) & 0xFFL) << shift;
		}
		return result;
	}

	/** Applies an operation to each 16-bit word, sign-extended. */
	static long words(long a, long b, Element f) {
		long result = 0;
		for (int shift = 0; shift < 64; shift += 16) {
			result |= (f.apply((short) (a >>> shift), (short) (b >>> shift)) & 0xFFFFL) << shift;
		}
		return result;
	}

	/** Applies an operation to each doubleword. */
	static long dwords(long a, long b, Element f) {
		return f.apply((int) a, (int) b) & 0xFFFFFFFFL | (long) f.apply((int) (a >>> 32), (int) (b >>> 32)) << 32;
	}

	/** Sums of products of neighbouring words. */
	static long multiplyAdd(long a, long b) {
		int low = (short) a * (short) b + (short) (a >>> 16) * (short) (b >>> 16);
		int high = (short) (a >>> 32) * (short) (b >>> 32) + (short) (a >>> 48) * (short) (b >>> 48);
		return low & 0xFFFFFFFFL | (long) high << 32;
	}

	/** Sum of absolute differences of unsigned bytes. */
	static long absoluteDifferences(long a, long b) {
		int sum = 0;
		for (int shift = 0; shift < 64; shift += 8) {
			sum += Math.abs((int) (a >>> shift & 0xFF) - (int) (b >>> shift & 0xFF));
		}
		return sum;
	}

	static int saturateByte(int value) {
		return Math.clamp(value, -128, 127);
	}

	static int saturateWord(int value) {
		return Math.clamp(value, -32768, 32767);
	}

	static int saturateUnsignedByte(int value) {
		return Math.clamp(value, 0, 255);
	}

	static int saturateUnsignedWord(int value) {
		return Math.clamp(value, 0, 65535);
	}
}
