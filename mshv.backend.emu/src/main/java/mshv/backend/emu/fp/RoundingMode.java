package mshv.backend.emu.fp;

/**
 * Rounding-control values as encoded in the x87 control word (bits 11:10) and MXCSR (bits 14:13), and the decision they stand for.
 */
public final class RoundingMode {
	/** Round to nearest, ties to even. */
	public static final int NEAREST = 0;
	/** Round toward negative infinity. */
	public static final int DOWN = 1;
	/** Round toward positive infinity. */
	public static final int UP = 2;
	/** Round toward zero (truncate). */
	public static final int ZERO = 3;

	private RoundingMode() {
	}

	/**
	 * Tells whether a magnitude is to be increased by one unit in its last place.
	 *
	 * @param mode     one of the constants of this class
	 * @param sign     1 for a negative value, 0 otherwise
	 * @param odd      whether the last kept bit is one
	 * @param fraction the discarded part as an unsigned fraction of one unit, 2<sup>63</sup> being one half
	 * @return true if the magnitude is rounded up
	 */
	static boolean increments(int mode, int sign, boolean odd, long fraction) {
		return switch (mode) {
			case NEAREST -> fraction < 0 && (fraction != Long.MIN_VALUE || odd);
			case DOWN -> fraction != 0 && sign != 0;
			case UP -> fraction != 0 && sign == 0;
			default -> false;
		};
	}

	/** Tells whether an overflowing magnitude becomes infinity rather than the largest finite number. */
	static boolean overflowsToInfinity(int mode, int sign) {
		return mode == NEAREST || mode == (sign != 0 ? DOWN : UP);
	}
}
