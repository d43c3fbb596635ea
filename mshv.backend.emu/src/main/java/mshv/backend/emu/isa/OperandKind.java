package mshv.backend.emu.isa;

/** Where an operand is. */
public enum OperandKind {
	/** There is none. */
	NONE,
	/** General-purpose register 0 to 15 in encoding order; of size 1, 16 to 19 are AH, CH, DH, BH. */
	GPR,
	/** The instruction's memory operand. */
	MEMORY,
	/** The instruction's immediate. */
	IMMEDIATE,
	/** x87 register, relative to the top of the stack. */
	ST,
	/** MMX register 0 to 7. */
	MMX,
	/** XMM register 0 to 15. */
	XMM,
	/** Segment register in encoding order: ES, CS, SS, DS, FS, GS. */
	SEGMENT,
	/** Control register. */
	CONTROL,
	/** Debug register. */
	DEBUG
}
