package mshv.vmm.cpu;

import mshv.api.Intercept;

/**
 * What decides how an instruction is read.
 *
 * @param longMode 64-bit mode: long mode with a 64-bit code segment
 * @param defaultSize operand and address size in bytes without prefixes: 2 or 4; in 64-bit mode 4, though addresses have 8
 * @param user the processor is at privilege level 3
 */
public record ProcessorMode(boolean longMode, int defaultSize, boolean user) {
	private static final ProcessorMode LONG_KERNEL = new ProcessorMode(true, 4, false);
	private static final ProcessorMode LONG_USER = new ProcessorMode(true, 4, true);
	private static final int CS_LONG = 1 << 13;
	private static final int CS_DEFAULT_32 = 1 << 14;
	private static final int STATE_LONG_MODE = 1 << 4;

	/** @return the mode at an intercept */
	public static ProcessorMode of(Intercept.Header header) {
		int attributes = header.cs().segmentAttributes();
		boolean user = (header.executionState() & 3) == 3;
		if ((header.executionState() & STATE_LONG_MODE) != 0 && (attributes & CS_LONG) != 0) {
			return user ? LONG_USER : LONG_KERNEL;
		}
		return new ProcessorMode(false, (attributes & CS_DEFAULT_32) != 0 ? 4 : 2, user);
	}

	/** @return address size in bytes without prefixes: 2, 4 or 8 */
	public int addressSize() {
		return longMode ? 8 : defaultSize;
	}
}
