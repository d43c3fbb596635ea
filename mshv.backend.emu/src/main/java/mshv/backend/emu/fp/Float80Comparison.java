package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * Comparison of double extended-precision values (Intel SDM vol. 1, 8.3.6). Not thread-safe.
 *
 * <p>Outcomes are the ZF, PF and CF bits that FCOMI sets; shifted left by 8 they are C3, C2 and C0 in the status word.
 */
public final class Float80Comparison {
	/** First operand greater. */
	public static final int GREATER = 0;
	/** First operand less: CF. */
	public static final int LESS = 0x01;
	/** Operands equal: ZF. */
	public static final int EQUAL = 0x40;
	/** Operands unordered: ZF, PF and CF. */
	public static final int UNORDERED = 0x45;

	private final Float80Context context;

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context takes the exceptions
	 */
	public Float80Comparison(Float80Context context) {
		this.context = context;
	}

	/**
	 * FCOM and FCOMI: any NaN or unsupported operand is invalid.
	 *
	 * @return {@link #GREATER}, {@link #LESS}, {@link #EQUAL} or {@link #UNORDERED}
	 */
	public int ordered(int seA, long sigA, int seB, long sigB) {
		return compare(seA, sigA, seB, sigB, false);
	}

	/**
	 * FUCOM and FUCOMI: only signalling NaNs and unsupported operands are invalid.
	 *
	 * @return {@link #GREATER}, {@link #LESS}, {@link #EQUAL} or {@link #UNORDERED}
	 */
	public int unordered(int seA, long sigA, int seB, long sigB) {
		return compare(seA, sigA, seB, sigB, true);
	}

	private int compare(int seA, long sigA, int seB, long sigB, boolean quiet) {
		context.begin();
		if (isInvalid(seA, sigA, false) || isInvalid(seB, sigB, false)) {
			if (!quiet || isInvalid(seA, sigA, true) || isInvalid(seB, sigB, true)) {
				context.raise(FpExceptions.INVALID);
			}
			return UNORDERED;
		}
		context.checkDenormal(seA, sigA);
		context.checkDenormal(seB, sigB);
		if (sigA == 0 && sigB == 0) {
			return EQUAL;
		}
		boolean negativeA = (seA & SIGN) != 0;
		if (negativeA != ((seB & SIGN) != 0)) {
			return negativeA ? LESS : GREATER;
		}
		int order = Integer.compare(effectiveExponent(seA, sigA), effectiveExponent(seB, sigB));
		if (order == 0) {
			order = Long.compareUnsigned(sigA, sigB);
		}
		return order == 0 ? EQUAL : order < 0 == negativeA ? GREATER : LESS;
	}

	/** Whether the operand is unsupported or a NaN, and if so asked, a signalling one. */
	private static boolean isInvalid(int se, long sig, boolean onlySignalling) {
		return Float80Format.isUnsupported(se, sig)
			|| (onlySignalling ? Float80Format.isSignalling(se, sig) : Float80Format.isNaN(se, sig));
	}

	private static int effectiveExponent(int se, long sig) {
		int field = se & Float80Format.EXPONENT_MASK;
		return field == 0 && sig < 0 ? 1 : field;
	}
}
