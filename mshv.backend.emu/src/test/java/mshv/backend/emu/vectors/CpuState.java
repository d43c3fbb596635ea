package mshv.backend.emu.vectors;

/** The user-mode state before or after an instruction: registers and the two data pages. Mutable, reused from case to case. */
public final class CpuState {
	/** RFLAGS bits that a case sets or compares: CF, PF, AF, ZF, SF, DF, OF, NT, AC. The others are fixed: bit 1 and IF are 1. */
	public static final long RFLAGS_COMPARED = 0x44CD5;
	/** The fixed part of RFLAGS on input: bit 1 and IF; IOPL, TF, RF, VM, ID are 0. */
	public static final long RFLAGS_FIXED = 0x202;

	/** Linear address of the instruction. */
	public long rip;
	/** RFLAGS; see {@link #RFLAGS_COMPARED}. */
	public long rflags;
	/** RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15, in the order of their encoding. */
	public final long[] gpr = new long[16];
	/** FS base, canonical, lower half. */
	public long fsBase;
	/** GS base, canonical, lower half. */
	public long gsBase;
	/** x87 control word. */
	public int fcw;
	/** x87 status word, TOP included; ES and B agree with the flags and {@link #fcw}. */
	public int fsw;
	/** Abridged tag word of FXSAVE: bit n is 1 if physical register n is not empty. */
	public int ftw;
	/** Significands of ST(0) to ST(7), relative to TOP as in an FXSAVE image; MMn is physical register n. */
	public final long[] significand = new long[8];
	/** Sign (bit 15) and biased exponent (bits 14:0) of ST(0) to ST(7). */
	public final int[] signExponent = new int[8];
	/** MXCSR, bits 15:0. */
	public int mxcsr;
	/** XMM0 to XMM15: bits 63:0 at 2n, bits 127:64 at 2n + 1. */
	public final long[] xmm = new long[32];
	/** The two data pages. */
	public final byte[] data = new byte[AddressSpace.DATA_SIZE];

	/**
	 * Copies everything.
	 *
	 * @param other the state to take over
	 */
	public void set(CpuState other) {
		setRegisters(other);
		System.arraycopy(other.data, 0, data, 0, data.length);
	}

	/**
	 * Copies everything but the data pages.
	 *
	 * @param other the state to take over
	 */
	public void setRegisters(CpuState other) {
		rip = other.rip;
		rflags = other.rflags;
		System.arraycopy(other.gpr, 0, gpr, 0, gpr.length);
		fsBase = other.fsBase;
		gsBase = other.gsBase;
		setX87(other);
		mxcsr = other.mxcsr;
		System.arraycopy(other.xmm, 0, xmm, 0, xmm.length);
	}

	void setX87(CpuState other) {
		fcw = other.fcw;
		fsw = other.fsw;
		ftw = other.ftw;
		System.arraycopy(other.significand, 0, significand, 0, significand.length);
		System.arraycopy(other.signExponent, 0, signExponent, 0, signExponent.length);
	}
}
