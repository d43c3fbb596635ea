package mshv.backend.emu.cpu;

/** Exception vectors (Intel SDM vol. 3, table 6-1). */
public final class Vector {
	/** Divide error. */
	public static final int DE = 0;
	/** Debug. */
	public static final int DB = 1;
	/** Non-maskable interrupt. */
	public static final int NMI = 2;
	/** Breakpoint. */
	public static final int BP = 3;
	/** Overflow. */
	public static final int OF = 4;
	/** BOUND range exceeded. */
	public static final int BR = 5;
	/** Undefined opcode. */
	public static final int UD = 6;
	/** Device (x87) not available. */
	public static final int NM = 7;
	/** Double fault. */
	public static final int DF = 8;
	/** Invalid TSS. */
	public static final int TS = 10;
	/** Segment not present. */
	public static final int NP = 11;
	/** Stack-segment fault. */
	public static final int SS = 12;
	/** General protection. */
	public static final int GP = 13;
	/** Page fault. */
	public static final int PF = 14;
	/** x87 floating-point error. */
	public static final int MF = 16;
	/** Alignment check. */
	public static final int AC = 17;
	/** Machine check. */
	public static final int MC = 18;
	/** SIMD floating-point. */
	public static final int XM = 19;

	private static final int ERROR_CODES = 1 << DF | 1 << TS | 1 << NP | 1 << SS | 1 << GP | 1 << PF | 1 << AC;

	private Vector() {}

	/** @return true if the exception with this vector pushes an error code */
	public static boolean hasErrorCode(int vector) {
		return vector < 32 && (ERROR_CODES >> vector & 1) != 0;
	}
}
