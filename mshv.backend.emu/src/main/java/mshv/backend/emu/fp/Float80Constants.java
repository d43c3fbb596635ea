package mshv.backend.emu.fp;

/**
 * The constants FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2 and FLDZ (Intel SDM vol. 1, 8.3.4), rounded by the rounding control without
 * any exception.
 */
public enum Float80Constants {
	/** FLD1: 1.0. */
	ONE(0x3fff, 0x8000000000000000L, false),
	/** FLDL2T: the binary logarithm of 10. */
	LOG2_10(0x4000, 0xd49a784bcd1b8afeL, false),
	/** FLDL2E: the binary logarithm of e. */
	LOG2_E(0x3fff, 0xb8aa3b295c17f0bcL, true),
	/** FLDPI: pi. */
	PI(0x4000, 0xc90fdaa22168c235L, true),
	/** FLDLG2: the decimal logarithm of 2. */
	LOG10_2(0x3ffd, 0x9a209a84fbcff799L, true),
	/** FLDLN2: the natural logarithm of 2. */
	LN_2(0x3ffe, 0xb17217f7d1cf79acL, true),
	/** FLDZ: +0.0. */
	ZERO(0, 0, false);

	private final int signExponent;
	private final long nearest;
	private final boolean roundedUp;

	Float80Constants(int signExponent, long nearest, boolean roundedUp) {
		this.signExponent = signExponent;
		this.nearest = nearest;
		this.roundedUp = roundedUp;
	}

	/**
	 * Makes the constant the result.
	 *
	 * @param context modes and results
	 */
	public void load(Float80Context context) {
		context.begin();
		long sig = nearest;
		if (this != ONE && this != ZERO) {
			if (roundedUp && (context.roundingMode & RoundingMode.DOWN) != 0) {
				sig--;
			} else if (!roundedUp && context.roundingMode == RoundingMode.UP) {
				sig++;
			}
		}
		context.setResult(signExponent, sig);
	}
}
