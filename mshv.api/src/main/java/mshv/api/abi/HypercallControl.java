package mshv.api.abi;

import mshv.api.hypercall.HypercallInterface;

/** The control word of a hypercall (TLFS 3.8, hypercall input value). Reserved bits are zero in every word that is made here. */
public final class HypercallControl {
	/** Most repetitions that a call can name: the count has 12 bits. */
	public static final int MAX_REPETITIONS = 4095;
	/** Bits that must be zero: 27-30, 31 (nested), 44-47 and 60-63. */
	public static final long RESERVED = 0xF000_F000_F800_0000L;

	private HypercallControl() {}

	/** @param variableHeader bytes between the fixed input and the end of the header, a multiple of 8 up to 4088
	 * @return the word of a call without repetitions, input and output in memory */
	public static long simple(int code, int variableHeader) {
		return code & 0xFFFFL | (variableHeader / 8 & 0x3FFL) << 17;
	}

	/** @return the word of a call whose input is in registers */
	public static long fast(int code) {
		return code & 0xFFFFL | HypercallInterface.FAST;
	}

	/** @param count repetitions in the call
	 * @param start first repetition to do
	 * @return the word of a repetition call */
	public static long repetitions(int code, int count, int start) {
		return code & 0xFFFFL | (count & 0xFFFL) << 32 | (start & 0xFFFL) << 48;
	}

	/** @return call code */
	public static int code(long control) {
		return (int) control & 0xFFFF;
	}

	/** @return true if the input is in registers */
	public static boolean isFast(long control) {
		return (control & HypercallInterface.FAST) != 0;
	}

	/** @return bytes of the variable header */
	public static int variableHeader(long control) {
		return (int) (control >> 17 & 0x3FF) * 8;
	}

	/** @return repetitions in the call, 0 in a call without */
	public static int count(long control) {
		return (int) (control >> 32) & 0xFFF;
	}

	/** @return first repetition to do */
	public static int start(long control) {
		return (int) (control >> 48) & 0xFFF;
	}
}
