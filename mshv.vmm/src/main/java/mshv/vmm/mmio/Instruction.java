package mshv.vmm.mmio;

/** A decoded instruction; one object serves all, as the decoder fills it anew each time. */
final class Instruction {
	/** First byte of the opcode's map: 0 or 0x0F. */
	int map;
	/** Last byte of the opcode. */
	int opcode;
	/** Length in bytes. */
	int length;
	/** Bytes: 2, 4 or 8. */
	int operandSize;
	/** Bytes: 2, 4 or 8. */
	int addressSize;
	boolean longMode;
	boolean rex;
	boolean lock;
	/** An 0x66 prefix, which also selects SSE forms. */
	boolean operandPrefix;
	/** 0, 0xF2 or 0xF3. */
	int repeat;
	/** Segment of the memory operand: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS. */
	int segment;
	/** ModRM.reg with REX.R. */
	int reg;
	/** ModRM.reg alone: selects the operation of opcode groups. */
	int group;
	/** Register operand of ModRM.rm with REX.B, if not {@link #memory}. */
	int rm;
	/** ModRM names memory. */
	boolean memory;
	/** Register number, or -1. */
	int base;
	/** Register number, or -1. */
	int index;
	int scale;
	/** The base is the address of the next instruction. */
	boolean ripRelative;
	long displacement;
	/** Sign-extended. */
	long immediate;
	/** Register in the opcode's low bits with REX.B. */
	int opcodeRegister;
}
