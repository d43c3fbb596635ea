package mshv.shell;

import mshv.api.RegisterValue;

/** How a processor takes code (Intel SDM vol. 3, 2.2). */
final class ProcessorModes {
	private static final long CR0_PE = 1;
	private static final long EFER_LMA = 1 << 10;
	/** Segment attributes. */
	private static final int LONG = 1 << 13, DEFAULT_BIG = 1 << 14;

	private ProcessorModes() {}

	/** @return default operation size of code: 16, 32 or 64 */
	static int codeSize(long cr0, long efer, RegisterValue cs) {
		if ((efer & EFER_LMA) != 0 && (cs.segmentAttributes() & LONG) != 0) {
			return 64;
		}
		return (cr0 & CR0_PE) != 0 && (cs.segmentAttributes() & DEFAULT_BIG) != 0 ? 32 : 16;
	}

	/** @return the mode in words */
	static String name(long cr0, long efer, RegisterValue cs) {
		if ((cr0 & CR0_PE) == 0) {
			return "real mode";
		}
		int size = codeSize(cr0, efer, cs);
		return size == 64 ? "64-bit mode" : (efer & EFER_LMA) != 0 ? size + "-bit code in compatibility mode" : size
			+ "-bit protected mode";
	}
}
