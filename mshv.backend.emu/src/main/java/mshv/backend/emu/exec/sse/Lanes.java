package mshv.backend.emu.exec.sse;

/**
 * Integer arithmetic on the elements of 64 bits: eight bytes, four words or two doublewords at a time. Methods have the names of the
 * instructions that apply them to each half of their operands.
 */
public final class Lanes {
	private static final long BYTE_TOPS = 0x8080808080808080L;
	private static final long WORD_TOPS = 0x8000800080008000L;
	private static final long DWORD_TOPS = 0x8000000080000000L;
	private static final long QUAD_LOW = 0xFFFFFFFFL;

	private Lanes() {}

	private static long add(long a, long b, long tops) {
		return (a & ~tops) + (b & ~tops) ^ (a ^ b) & tops;
	}

	private static long subtract(long a, long b, long tops) {
		return (a | tops) - (b & ~tops) ^ (a ^ ~b) & tops;
	}

	/** The top bits of those elements that are below, unsigned. */
	private static long below(long a, long b, long tops) {
		return (~a & b | ~(a ^ b) & subtract(a, b, tops)) & tops;
	}

	/** The top bits of those elements that are less, signed. */
	private static long less(long a, long b, long tops) {
		return below(a ^ tops, b ^ tops, tops);
	}

	/** The top bits of those elements that are equal. */
	private static long equal(long a, long b, long tops) {
		long difference = a ^ b;
		return ~((difference & ~tops) + ~tops | difference) & tops;
	}

	/** All bits of the elements whose top bits are set. */
	private static long fill(long set, long tops) {
		return tops == BYTE_TOPS ? (set >>> 7) * 0xFF : tops == WORD_TOPS ? (set >>> 15) * 0xFFFF : (set >>> 31) * QUAD_LOW;
	}

	private static long select(long mask, long a, long b) {
		return a & mask | b & ~mask;
	}

	/** The result of a signed operation, or the limit that it would go beyond. @param overflow top bits of where it does
	 * @param sign top bits of where the limit is the lower one */
	private static long saturate(long result, long overflow, long sign, long tops) {
		long width = tops == BYTE_TOPS ? 7 : 15;
		long limit = ~tops + ((sign & tops) >>> width);
		return select(fill(overflow & tops, tops), limit, result);
	}

	private static long average(long a, long b, long tops) {
		return (a | b) - ((a ^ b) >>> 1 & ~tops);
	}

	public static long paddb(long a, long b) {
		return add(a, b, BYTE_TOPS);
	}

	public static long paddw(long a, long b) {
		return add(a, b, WORD_TOPS);
	}

	public static long paddd(long a, long b) {
		return add(a, b, DWORD_TOPS);
	}

	public static long paddq(long a, long b) {
		return a + b;
	}

	public static long psubb(long a, long b) {
		return subtract(a, b, BYTE_TOPS);
	}

	public static long psubw(long a, long b) {
		return subtract(a, b, WORD_TOPS);
	}

	public static long psubd(long a, long b) {
		return subtract(a, b, DWORD_TOPS);
	}

	public static long psubq(long a, long b) {
		return a - b;
	}

	private static long addSigned(long a, long b, long tops) {
		long sum = add(a, b, tops);
		return saturate(sum, (a ^ sum) & (b ^ sum), a, tops);
	}

	public static long paddsb(long a, long b) {
		return addSigned(a, b, BYTE_TOPS);
	}

	public static long paddsw(long a, long b) {
		return addSigned(a, b, WORD_TOPS);
	}

	private static long addUnsigned(long a, long b, long tops) {
		long sum = add(a, b, tops);
		return sum | fill(below(sum, a, tops), tops);
	}

	public static long paddusb(long a, long b) {
		return addUnsigned(a, b, BYTE_TOPS);
	}

	public static long paddusw(long a, long b) {
		return addUnsigned(a, b, WORD_TOPS);
	}

	private static long subtractSigned(long a, long b, long tops) {
		long difference = subtract(a, b, tops);
		return saturate(difference, (a ^ b) & (a ^ difference), a, tops);
	}

	public static long psubsb(long a, long b) {
		return subtractSigned(a, b, BYTE_TOPS);
	}

	public static long psubsw(long a, long b) {
		return subtractSigned(a, b, WORD_TOPS);
	}

	private static long subtractUnsigned(long a, long b, long tops) {
		return subtract(a, b, tops) & ~fill(below(a, b, tops), tops);
	}

	public static long psubusb(long a, long b) {
		return subtractUnsigned(a, b, BYTE_TOPS);
	}

	public static long psubusw(long a, long b) {
		return subtractUnsigned(a, b, WORD_TOPS);
	}

	public static long pavgb(long a, long b) {
		return average(a, b, BYTE_TOPS);
	}

	public static long pavgw(long a, long b) {
		return average(a, b, WORD_TOPS);
	}

	public static long pcmpeqb(long a, long b) {
		return fill(equal(a, b, BYTE_TOPS), BYTE_TOPS);
	}

	public static long pcmpeqw(long a, long b) {
		return fill(equal(a, b, WORD_TOPS), WORD_TOPS);
	}

	public static long pcmpeqd(long a, long b) {
		return fill(equal(a, b, DWORD_TOPS), DWORD_TOPS);
	}

	public static long pcmpgtb(long a, long b) {
		return fill(less(b, a, BYTE_TOPS), BYTE_TOPS);
	}

	public static long pcmpgtw(long a, long b) {
		return fill(less(b, a, WORD_TOPS), WORD_TOPS);
	}

	public static long pcmpgtd(long a, long b) {
		return fill(less(b, a, DWORD_TOPS), DWORD_TOPS);
	}

	public static long pmaxsw(long a, long b) {
		return select(fill(less(a, b, WORD_TOPS), WORD_TOPS), b, a);
	}

	public static long pminsw(long a, long b) {
		return select(fill(less(a, b, WORD_TOPS), WORD_TOPS), a, b);
	}

	public static long pmaxub(long a, long b) {
		return select(fill(below(a, b, BYTE_TOPS), BYTE_TOPS), b, a);
	}

	public static long pminub(long a, long b) {
		return select(fill(below(a, b, BYTE_TOPS), BYTE_TOPS), a, b);
	}

	public static long pmullw(long a, long b) {
		long result = 0;
		for (int shift = 0; shift < 64; shift += 16) {
			result |= ((a >>> shift) * (b >>> shift) & 0xFFFF) << shift;
		}
		return result;
	}

	public static long pmulhw(long a, long b) {
		long result = 0;
		for (int shift = 0; shift < 64; shift += 16) {
			result |= ((short) (a >>> shift) * (short) (b >>> shift) >>> 16 & 0xFFFFL) << shift;
		}
		return result;
	}

	public static long pmulhuw(long a, long b) {
		long result = 0;
		for (int shift = 0; shift < 64; shift += 16) {
			result |= ((a >>> shift & 0xFFFF) * (b >>> shift & 0xFFFF) >>> 16) << shift;
		}
		return result;
	}

	public static long pmuludq(long a, long b) {
		return (a & QUAD_LOW) * (b & QUAD_LOW);
	}

	/** Sums of products of neighbouring words. */
	public static long pmaddwd(long a, long b) {
		int low = (short) a * (short) b + (short) (a >>> 16) * (short) (b >>> 16);
		int high = (short) (a >>> 32) * (short) (b >>> 32) + (short) (a >>> 48) * (short) (b >>> 48);
		return low & QUAD_LOW | (long) high << 32;
	}

	/** Sum of absolute differences of unsigned bytes. */
	public static long psadbw(long a, long b) {
		int sum = 0;
		for (int shift = 0; shift < 64; shift += 8) {
			sum += Math.abs((int) (a >>> shift & 0xFF) - (int) (b >>> shift & 0xFF));
		}
		return sum;
	}

	// Shifts, by a count of at most 64

	private static long words(int word) {
		return (word & 0xFFFFL) * 0x0001000100010001L;
	}

	private static long dwords(int dword) {
		return (dword & QUAD_LOW) * 0x0000000100000001L;
	}

	public static long psllw(long value, int count) {
		return count > 15 ? 0 : value << count & words(0xFFFF << count);
	}

	public static long pslld(long value, int count) {
		return count > 31 ? 0 : value << count & dwords(-1 << count);
	}

	public static long psllq(long value, int count) {
		return count > 63 ? 0 : value << count;
	}

	public static long psrlw(long value, int count) {
		return count > 15 ? 0 : value >>> count & words(0xFFFF >> count);
	}

	public static long psrld(long value, int count) {
		return count > 31 ? 0 : value >>> count & dwords(-1 >>> count);
	}

	public static long psrlq(long value, int count) {
		return count > 63 ? 0 : value >>> count;
	}

	public static long psraw(long value, int count) {
		int by = Math.min(count, 15);
		long result = 0;
		for (int shift = 0; shift < 64; shift += 16) {
			result |= ((short) (value >>> shift) >> by & 0xFFFFL) << shift;
		}
		return result;
	}

	public static long psrad(long value, int count) {
		int by = Math.min(count, 31);
		return (int) value >> by & QUAD_LOW | (value >> 32 >> by) << 32;
	}
}
