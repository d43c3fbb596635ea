package mshv.backend.emu.exec.sse;

/** Packing, unpacking and reordering of the elements of 64-bit halves. */
public final class Permutations {
	private Permutations() {}

	/** Interleaves the low four bytes of both operands. */
	public static long interleaveBytes(long a, long b) {
		return Long.expand(a, 0x00FF00FF00FF00FFL) | Long.expand(b, 0xFF00FF00FF00FF00L);
	}

	/** Interleaves the low two words of both operands. */
	public static long interleaveWords(long a, long b) {
		return Long.expand(a, 0x0000FFFF0000FFFFL) | Long.expand(b, 0xFFFF0000FFFF0000L);
	}

	/** Joins the low doublewords of both operands. */
	public static long interleaveDwords(long a, long b) {
		return a & 0xFFFFFFFFL | b << 32;
	}

	/** Two of the four doublewords of a vector. @param order bits 0-1 which is the lower one, bits 2-3 the upper one */
	public static long dwords(long low, long high, int order) {
		return dword(low, high, order) | dword(low, high, order >> 2) << 32;
	}

	private static long dword(long low, long high, int element) {
		long half = (element & 2) != 0 ? high : low;
		return (element & 1) != 0 ? half >>> 32 : half & 0xFFFFFFFFL;
	}

	/** The four words of a half in another order. @param order two bits for each */
	public static long words(long source, int order) {
		long result = 0;
		for (int n = 0; n < 4; n++) {
			result |= (source >>> 16 * (order >> 2 * n & 3) & 0xFFFF) << 16 * n;
		}
		return result;
	}

	/** Eight words as signed bytes, saturated. */
	public static long packsswb(long a, long b) {
		return packWords(a, b, -128, 127);
	}

	/** Eight words as unsigned bytes, saturated. */
	public static long packuswb(long a, long b) {
		return packWords(a, b, 0, 255);
	}

	private static long packWords(long a, long b, int least, int most) {
		long result = 0;
		for (int n = 0; n < 4; n++) {
			result |= (Math.clamp((short) (a >>> 16 * n), least, most) & 0xFFL) << 8 * n;
			result |= (Math.clamp((short) (b >>> 16 * n), least, most) & 0xFFL) << 32 + 8 * n;
		}
		return result;
	}

	/** Four doublewords as signed words, saturated. */
	public static long packssdw(long a, long b) {
		return word((int) a) | word((int) (a >>> 32)) << 16 | word((int) b) << 32 | word((int) (b >>> 32)) << 48;
	}

	private static long word(int value) {
		return Math.clamp(value, -32768, 32767) & 0xFFFFL;
	}

	/** The top bits of the bytes of a half. */
	public static long topsOfBytes(long half) {
		return Long.compress(half, 0x8080808080808080L);
	}
}
