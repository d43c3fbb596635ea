package mshv.backend.emu.vectors;

/**
 * Status bits that an instruction leaves undefined: the "Flags Affected" and "FPU Flags Affected" paragraphs of the SDM, volume 2.
 * An instruction that is not listed leaves none undefined.
 */
final class UndefinedFlags {
	static final long CF = 1;
	static final long PF = 1 << 2;
	static final long AF = 1 << 4;
	static final long ZF = 1 << 6;
	static final long SF = 1 << 7;
	static final long OF = 1 << 11;
	static final long ALL = CF | PF | AF | ZF | SF | OF;

	static final int C0 = 1 << 8;
	static final int C1 = 1 << 9;
	static final int C2 = 1 << 10;
	static final int C3 = 1 << 14;

	private UndefinedFlags() {
	}

	/** Undefined RFLAGS bits of an instruction other than a shift or rotate. */
	static long of(String mnemonic) {
		return switch (mnemonic) {
			case "AND", "OR", "XOR", "TEST" -> AF;
			case "MUL", "IMUL" -> SF | ZF | AF | PF;
			case "DIV", "IDIV" -> ALL;
			case "BT", "BTS", "BTR", "BTC" -> OF | SF | AF | PF;
			case "BSF", "BSR" -> CF | OF | SF | AF | PF;
			default -> 0;
		};
	}

	/**
	 * Undefined RFLAGS bits of a shift or rotate.
	 *
	 * @param width operand size in bits
	 * @param count the count after masking with 31 or 63
	 */
	static long shift(String mnemonic, int width, int count) {
		if (count == 0) {
			return 0;
		}
		long overflow = count == 1 ? 0 : OF;
		return switch (mnemonic) {
			case "ROL", "ROR", "RCL", "RCR" -> overflow;
			case "SHL", "SHR", "SAL" -> overflow | AF | (count >= width ? CF : 0);
			case "SAR" -> overflow | AF;
			// Above the width the result is undefined too; the generator makes no such case.
			case "SHLD", "SHRD" -> overflow | AF;
			default -> throw new IllegalArgumentException(mnemonic);
		};
	}

	/** Undefined condition codes in the FSW of an x87 instruction; none of an instruction that is not of the x87. */
	static int conditionCodes(String mnemonic) {
		return switch (mnemonic) {
			case "FCOM", "FCOMP", "FCOMPP", "FUCOM", "FUCOMP", "FUCOMPP", "FICOM", "FICOMP", "FTST", "FXAM", "FPREM", "FPREM1" -> 0;
			case "FCOMI", "FCOMIP", "FUCOMI", "FUCOMIP" -> 0;
			case "FNINIT", "FNSAVE", "FLDENV", "FRSTOR", "FXSAVE", "FXRSTOR" -> 0;
			case "FLDCW", "FNSTCW", "FNSTSW", "FNSTENV", "FNCLEX", "FNOP", "FFREE", "FWAIT" -> C0 | C1 | C2 | C3;
			// C1 tells the rounding direction, which an approximation need not share.
			case "FSIN", "FCOS", "FSINCOS", "FPTAN" -> C0 | C1 | C3;
			case "F2XM1", "FYL2X", "FYL2XP1", "FPATAN" -> C0 | C1 | C2 | C3;
			default -> mnemonic.startsWith("F") ? C0 | C2 | C3 : 0;
		};
	}
}
