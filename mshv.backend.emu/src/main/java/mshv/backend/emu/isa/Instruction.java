package mshv.backend.emu.isa;

/**
 * One decoded instruction: the form that every execution tier works from.
 * <p>
 * Mutable so that a decoder can fill the same object again and again; whoever keeps one past the next decode decodes into an object of
 * its own and treats it as immutable from then on. Registers are numbers in encoding order. The memory operand's effective address is
 * {@code r[base] + (r[index] << scale) + displacement}, cut to {@link #addressSize}, in the segment {@link #segment}; an absent base or
 * index is {@link #NO_REGISTER}, which reads as zero, and a RIP-relative displacement is already absolute.
 */
public final class Instruction {
	/** Stands for an absent base or index register: slot 16 of the register file, always zero. */
	public static final int NO_REGISTER = 16;
	/** Longest instruction in bytes. */
	public static final int MAX_LENGTH = 15;

	/** What it does; {@link Opcode#INVALID} for an undefined encoding. */
	public Opcode opcode;
	/** Length in bytes, prefixes included: 1 to 15. */
	public int length;
	/** Offset of its first byte in CS (RIP). */
	public long address;

	/**
	 * Operand size in bytes: 1, 2, 4, 8 for integers; for x87 and SSE the width of the memory operand (4, 8, 10, 14, 16, 28, 94, 108, 512)
	 * or, in a form that has none, of the source register. IN, OUT: the width of the data. LxS and indirect far branches: of the offset.
	 * Descriptor tables: of the base, eight in 64-bit mode.
	 */
	public int operandSize;
	/**
	 * Size of the source where it differs from the destination (MOVZX, MOVSX, shift by CL), else the operand size. For SSE forms with a
	 * general register, that register's size: 4 or 8 for CVT*2SI, CVTSI2*, MOVD and MOVQ, 4 for MOVMSK*, PMOVMSKB and PEXTRW, 2 for PINSRW.
	 * FXSAVE, FXRSTOR: 8 with REX.W, else 4.
	 */
	public int sourceSize;
	/** Address size in bytes: 2, 4 or 8. */
	public int addressSize;

	/** Destination, or only operand. */
	public OperandKind destination;
	/** Register of the destination. */
	public int destinationRegister;
	/** Source, or {@link OperandKind#NONE}. */
	public OperandKind source;
	/** Register of the source. */
	public int sourceRegister;

	/** Segment register of the memory operand, override applied: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS. */
	public int segment;
	/** Base register of the memory operand, or {@link #NO_REGISTER}. */
	public int base;
	/** Index register of the memory operand, or {@link #NO_REGISTER}. */
	public int index;
	/** Shift of the index: 0 to 3. */
	public int scale;
	/** Displacement, sign-extended. */
	public long displacement;

	/** Immediate, sign-extended to 64 bits as the form says; the absolute target offset of a relative branch, cut to the operand size;
	 * the offset of a far pointer. Also the third operand's value for IMUL, SHLD, SHUFPS and the like. */
	public long immediate;
	/** True if there is a third operand in {@link #immediate} although source and destination are both something else. */
	public boolean hasImmediate;
	/** Selector of a far pointer; nesting level of ENTER; for x87, the 11 bits that the opcode register keeps. */
	public int immediate2;
	/** Condition code 0 to 15 of Jcc, SETcc, CMOVcc, FCMOVcc (as the equivalent Jcc condition). */
	public int condition;

	/** LOCK prefix. */
	public boolean lock;
	/** F3 prefix on a string instruction (REP, REPE). */
	public boolean repeat;
	/** F2 prefix on a string instruction (REPNE). */
	public boolean repeatNot;
	/** The memory operand was encoded relative to RIP; {@link #displacement} holds the sum. */
	public boolean ripRelative;

	/** An empty instruction for a decoder to fill. */
	public Instruction() {
		clear();
	}

	/** Makes every field say "absent". */
	void clear() {
		opcode = Opcode.INVALID;
		length = 0;
		address = 0;
		operandSize = 0;
		sourceSize = 0;
		addressSize = 0;
		destination = OperandKind.NONE;
		destinationRegister = 0;
		source = OperandKind.NONE;
		sourceRegister = 0;
		segment = 3;
		base = NO_REGISTER;
		index = NO_REGISTER;
		scale = 0;
		displacement = 0;
		immediate = 0;
		hasImmediate = false;
		immediate2 = 0;
		condition = 0;
		lock = false;
		repeat = false;
		repeatNot = false;
		ripRelative = false;
	}

	/** @return true if one of the operands is in memory */
	public boolean hasMemory() {
		return destination == OperandKind.MEMORY || source == OperandKind.MEMORY;
	}

	/** @return the arithmetic flags that this instruction may read */
	public int flagUses() {
		int uses = opcode.flagUses();
		return uses == Flag.CONDITION ? Flag.ofCondition(condition) : uses;
	}
}
