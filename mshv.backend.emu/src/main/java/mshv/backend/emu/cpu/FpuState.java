package mshv.backend.emu.cpu;

/**
 * The x87 unit's registers, which MMX shares (Intel SDM vol. 1, 8.1 and 9.2).
 * <p>
 * Registers are indexed by their physical number, not relative to the top; MMX register n is the significand of physical register n.
 */
public final class FpuState {
	/** Significands. */
	public final long[] significand = new long[8];
	/** Sign (bit 15) and biased exponent (bits 0-14). */
	public final int[] signExponent = new int[8];
	/** Bit n set: physical register n is not empty. */
	public int valid;
	/** Control word. */
	public int control;
	/** Status word, TOP in bits 11-13. */
	public int status;
	/** Opcode of the last non-control instruction with an unmasked exception, 11 bits (Intel SDM vol. 1, 8.1.9.1). */
	public int lastOpcode;
	/** Opcode of the last non-control instruction. */
	public int opcode;
	/** Instruction pointer of the last non-control instruction; the upper half is the CS selector in 32-bit formats. */
	public long lastInstruction;
	/** CS selector of the last non-control instruction. */
	public int lastInstructionSelector;
	/** Operand pointer of the last non-control instruction. */
	public long lastOperand;
	/** Selector of the last operand. */
	public int lastOperandSelector;

	/** The state that processor reset leaves: FCW 0x40, all else zero. */
	public void reset() {
		initialize();
		control = 0x40;
		valid = 0xFF;
		for (int i = 0; i < 8; i++) {
			significand[i] = 0;
			signExponent[i] = 0;
		}
	}

	/** What FNINIT does: FCW 0x37F, everything empty, registers left alone. */
	public void initialize() {
		control = 0x37F;
		status = 0;
		valid = 0;
		lastOpcode = 0;
		lastInstruction = 0;
		lastInstructionSelector = 0;
		lastOperand = 0;
		lastOperandSelector = 0;
	}

	/** @return physical number of ST(0), 0 to 7 */
	public int top() {
		return status >> 11 & 7;
	}

	/** @param top physical number of the new ST(0), taken modulo 8 */
	public void setTop(int top) {
		status = status & ~0x3800 | (top & 7) << 11;
	}
}
