package mshv.backend.emu.vectors;

/** What an instruction did: the state afterwards, or at the exception it raised. Mutable, reused from case to case. */
public final class TestResult {
	/** {@link #vector} of an instruction that completed. */
	public static final int NO_EXCEPTION = -1;

	/**
	 * The state after the instruction, or the state the exception handler would see: after a fault RIP is that of the instruction, after
	 * the trap INT3 the next. Selectors and the address and opcode registers of the x87 are not part of it.
	 */
	public final CpuState state = new CpuState();
	/** Exception vector (SDM volume 3, table 7-1: 0 #DE, 3 #BP, 6 #UD, 12 #SS, 13 #GP, 14 #PF, 16 #MF, 17 #AC, 19 #XM) or -1. */
	public int vector = NO_EXCEPTION;
	/** Error code that the exception pushes; 0 if it pushes none. */
	public int errorCode;
	/** CR2 of a page fault; 0 with any other vector. */
	public long faultAddress;

	void set(TestResult other) {
		state.set(other.state);
		vector = other.vector;
		errorCode = other.errorCode;
		faultAddress = other.faultAddress;
	}
}
