package mshv.backend.emu.vectors;

/**
 * The memory and segments every case runs in.
 * All other linear addresses are unmapped. CS is 0x33 (64-bit, CPL 3), SS 0x2B, DS = ES = FS = GS = 0; CR0 has PE, MP, NE, WP, AM, PG,
 * CR4 has PAE, OSFXSR, OSXMMEXCPT, EFER has LMA and NXE. There is no LDT, the GDT ends below selector 0xFFF8, no port is permitted.
 */
public final class AddressSpace {
	/** Bytes in a page. */
	public static final int PAGE = 4096;
	/** The code page: user, read and execute, not writable. Bytes that are not part of the instruction are {@link #CODE_FILL}. */
	public static final long CODE = 0x1000_0000L;
	/** What the code page holds besides the instruction (HLT). */
	public static final byte CODE_FILL = (byte) 0xF4;
	/** The two data pages: user, read and write, not executable. */
	public static final long DATA_LOW = 0x2000_0000L;
	/** The same two data pages again, beyond 32 bits. */
	public static final long DATA_HIGH = 0x2AAA_BBBB_C000L;
	/** Bytes in the data pages. */
	public static final int DATA_SIZE = 2 * PAGE;

	private AddressSpace() {
	}

	/**
	 * Where a linear address lies in the data pages.
	 *
	 * @param address a linear address
	 * @return the offset, 0 to {@link #DATA_SIZE} - 1, or -1 if the address is not in them
	 */
	public static int dataOffset(long address) {
		long low = address - DATA_LOW;
		if (low >= 0 && low < DATA_SIZE) {
			return (int) low;
		}
		long high = address - DATA_HIGH;
		return high >= 0 && high < DATA_SIZE ? (int) high : -1;
	}
}
