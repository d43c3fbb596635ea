package mshv.backend.emu.block;

/** The parts of a code word, and where in it they are: an {@link Operation} in bits 0 to 8, what it works on above. */
final class CodeWord {
	private CodeWord() {}

	/** @return number of the first register */
	static int a(long w) {
		return (int) (w >>> 9) & 31;
	}

	/** @return number of the second register */
	static int b(long w) {
		return (int) (w >>> 14) & 31;
	}

	/** @return number of the instruction in its block */
	static int number(long w) {
		return (int) (w >>> 26) & 63;
	}

	/** @return whether a fused jump is taken when its condition holds, or when it does not */
	static boolean wanted(long w) {
		return (w & 1 << 19) != 0;
	}

	/** @return linear address of a memory operand */
	static long address(long[] r, long w) {
		return r[(int) (w >>> 14) & 31] + (r[(int) (w >>> 19) & 31] << (w >>> 24 & 3)) + (w >> 32);
	}
}
