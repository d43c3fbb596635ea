package mshv.backend.emu.fp;

/**
 * Encodings of the 80-bit double extended-precision format (Intel SDM vol. 1, 4.2.2 and 8.2.2).
 *
 * <p>A value is its upper 16 bits, sign and biased exponent, as an {@code int} (only the low 16 bits may be set) and its 64-bit
 * significand with explicit integer bit as a {@code long}.
 */
public final class Float80Format {
	/** Sign bit of the upper 16 bits. */
	public static final int SIGN = 0x8000;
	/** Exponent field of the upper 16 bits; all ones for infinities and NaNs. */
	public static final int EXPONENT_MASK = 0x7fff;
	/** Bias of the exponent field. */
	public static final int BIAS = 16383;
	/** Explicit integer bit of the significand. */
	public static final long INTEGER_BIT = Long.MIN_VALUE;
	/** Bit of the significand that tells quiet from signalling NaNs. */
	public static final long QUIET_BIT = 1L << 62;
	/** Upper 16 bits of the QNaN real indefinite. */
	public static final int INDEFINITE_SIGN_EXPONENT = 0xffff;
	/** Significand of the QNaN real indefinite. */
	public static final long INDEFINITE_SIGNIFICAND = INTEGER_BIT | QUIET_BIT;

	private Float80Format() {
	}

	/** Zero of either sign. */
	public static boolean isZero(int se, long sig) {
		return sig == 0 && (se & EXPONENT_MASK) == 0;
	}

	/** Infinity of either sign. */
	public static boolean isInfinite(int se, long sig) {
		return (se & EXPONENT_MASK) == EXPONENT_MASK && sig == INTEGER_BIT;
	}

	/** A NaN in a supported encoding. */
	public static boolean isNaN(int se, long sig) {
		return (se & EXPONENT_MASK) == EXPONENT_MASK && sig < 0 && sig != INTEGER_BIT;
	}

	/** A signalling NaN in a supported encoding. */
	public static boolean isSignalling(int se, long sig) {
		return isNaN(se, sig) && (sig & QUIET_BIT) == 0;
	}

	/** Pseudo-NaN, pseudo-infinity or unnormal: encodings that are invalid operands. */
	public static boolean isUnsupported(int se, long sig) {
		return sig >= 0 && (se & EXPONENT_MASK) != 0;
	}

	/** Denormal or pseudo-denormal: an operand that raises the denormal exception. */
	public static boolean isDenormal(int se, long sig) {
		return (se & EXPONENT_MASK) == 0 && sig != 0;
	}

	/** A normal number, the common operand. */
	static boolean isNormal(int se, long sig) {
		int field = se & EXPONENT_MASK;
		return sig < 0 && field != 0 && field != EXPONENT_MASK;
	}

	/** 1 for a value with the sign bit, else 0. */
	static int sign(int se) {
		return se >>> 15 & 1;
	}

	/** Unbiased exponent of a supported finite non-zero value with its leading one moved to bit 63. */
	static int exponent(int se, long sig) {
		int field = se & EXPONENT_MASK;
		return (field == 0 ? 1 : field) - BIAS - Long.numberOfLeadingZeros(sig);
	}

	/** Significand of a non-zero value with its leading one moved to bit 63. */
	static long normalised(long sig) {
		return sig << Long.numberOfLeadingZeros(sig);
	}

	/**
	 * The condition code of FXAM for a register that is not empty: C3, C2, C1 and C0 at their places (bits 14, 10, 9, 8) in the status
	 * word. Pseudo-denormals count as denormals.
	 *
	 * @param se  sign and exponent
	 * @param sig significand
	 * @return the four bits; an empty register is the caller's case (C3 and C0 set)
	 */
	public static int classify(int se, long sig) {
		int c0 = 0x100;
		int c2 = 0x400;
		int c3 = 0x4000;
		int code = sign(se) << 9;
		if (isZero(se, sig)) {
			return code | c3;
		}
		if (isUnsupported(se, sig)) {
			return code;
		}
		if ((se & EXPONENT_MASK) == 0) {
			return code | c3 | c2;
		}
		if ((se & EXPONENT_MASK) == EXPONENT_MASK) {
			return code | (sig == INTEGER_BIT ? c2 | c0 : c0);
		}
		return code | c2;
	}
}
