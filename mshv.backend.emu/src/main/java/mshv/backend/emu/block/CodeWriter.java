package mshv.backend.emu.block;

import java.util.Arrays;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/**
 * Writes the code words of one block.
 * <p>
 * Memory operands are inline in 64-bit mode only, where segments have no limits; other modes leave them to the handlers.
 */
final class CodeWriter {
	/** What is known of the flags at this point of the block. */
	private enum FlagsBy {
		/** Nothing. */
		UNKNOWN,
		/** A subtraction without borrow: A and B may be compared. */
		SUB,
		/** Some operation whose result tells ZF and SF. */
		RESULT
	}

	private static final int OPERATION_MASK = 0x1FF;
	private static final long NUMBER_MASK = 63L << 26;
	private static final int A_SHIFT = 9;
	private static final int B_SHIFT = 14;

	private final boolean wide;
	private long[] words = new long[32];
	private int size;
	private FlagsBy flags = FlagsBy.UNKNOWN;
	private boolean flagsDead;
	private long number;
	/** Size of the code behind the last operation on registers alone; -1 before the first. */
	private int endOfRegister = -1;

	CodeWriter(int mode) {
		wide = mode == 64;
	}

	/** @return the code written */
	long[] code() {
		return Arrays.copyOf(words, size);
	}

	/** Appends an instruction.
	 * @param number its number in the block
	 * @param flagsDead true if nobody can see the flags that it defines */
	void write(Instruction i, int number, boolean flagsDead) {
		this.number = (long) number << 26;
		this.flagsDead = flagsDead;
		if (BlockBuilder.ends(i)) {
			writeEnd(i);
		} else if (i.lock || !writeInline(i)) {
			generic(Operation.GENERIC);
			if (i.opcode.flagDefinitions() != 0) {
				flags = FlagsBy.UNKNOWN;
			}
		}
	}

	/** Ends a block that goes on in another. @param number number of its last instruction */
	void fallThrough(int number) {
		this.number = (long) number << 26;
		emit(Operation.FALL_THROUGH);
	}

	private void add(long word) {
		if (size == words.length) {
			words = Arrays.copyOf(words, size * 2);
		}
		words[size++] = word;
	}

	private void emit(long word) {
		add(word | number);
	}

	private void generic(int operation) {
		emit(operation);
	}

	private static long registers(int a, int b) {
		return (long) a << A_SHIFT | (long) b << B_SHIFT;
	}

	/** Writes an operation on registers and an immediate. */
	private void register(int operation, int a, int b, long immediate) {
		endOfRegister = size + 1;
		emit(operation | registers(a, b) | immediate << 32);
	}

	/** Writes an operation with the instruction's memory operand. */
	private void memory(int operation, int a, Instruction i) {
		int base = i.base;
		int index = i.index;
		int scale = i.scale;
		long displacement = i.displacement;
		if (displacement != (int) displacement) {
			emit(Operation.MOV_RI64 | registers(Cpu.SCRATCH, 0));
			add(displacement);
			displacement = 0;
			if (base == Instruction.NO_REGISTER) {
				base = Cpu.SCRATCH;
			} else {
				address(Operation.LEA64, base, Cpu.SCRATCH, 0, 0);
				base = Cpu.SCRATCH;
			}
		}
		if (i.addressSize == 4) {
			address(Operation.LEA32, base, index, scale, displacement);
			base = Cpu.SCRATCH;
			index = Instruction.NO_REGISTER;
			scale = 0;
			displacement = 0;
		}
		if (i.segment >= Segment.FS && i.opcode != Opcode.LEA) {
			if (index != Instruction.NO_REGISTER) {
				address(Operation.LEA64, base, index, scale, displacement);
				base = Cpu.SCRATCH;
				displacement = 0;
			}
			index = i.segment == Segment.FS ? Cpu.FS_BASE : Cpu.GS_BASE;
			scale = 0;
		}
		emit(operation | registers(a, base) | (long) index << 19 | (long) scale << 24 | displacement << 32);
	}

	private void address(int operation, int base, int index, int scale, long displacement) {
		emit(operation | registers(Cpu.SCRATCH, base) | (long) index << 19 | (long) scale << 24 | displacement << 32);
	}

	private static boolean plain(OperandKind kind, int register, int size) {
		return kind == OperandKind.GPR && (size != 1 || register < 16);
	}

	private static boolean small(long immediate) {
		return immediate == (int) immediate;
	}

	/** @return false if there is no operation for this form */
	private boolean writeInline(Instruction i) {
		if (i.hasMemory() && !wide) {
			return i.opcode == Opcode.LEA && i.operandSize == 4 && i.addressSize == 4 && lea(i);
		}
		return switch (i.opcode) {
			case NOP, PAUSE, PREFETCH -> true;
			case ADD -> arithmetic(i, Operation.ADD_RR64, FlagsBy.RESULT);
			case OR -> arithmetic(i, Operation.OR_RR64, FlagsBy.RESULT) || byteForm(i, Operation.OR_RR8);
			case AND -> arithmetic(i, Operation.AND_RR64, FlagsBy.RESULT) || andByte(i);
			case SUB -> arithmetic(i, Operation.SUB_RR64, FlagsBy.SUB);
			case XOR -> arithmetic(i, Operation.XOR_RR64, FlagsBy.RESULT) || byteForm(i, Operation.XOR_RR8);
			case CMP -> arithmetic(i, Operation.CMP_RR64, FlagsBy.SUB) || compareNarrow(i);
			case TEST -> test(i);
			case ADC -> withCarry(i, Operation.ADC_RR64);
			case SBB -> withCarry(i, Operation.SBB_RR64);
			case MOV, MOVNTI -> move(i);
			case MOVZX -> extend(i, false);
			case MOVSX -> extend(i, true);
			case LEA -> lea(i);
			case SHL -> shift(i, Operation.SHL_RI64, Operation.SHL_RC64);
			case SHR -> shift(i, Operation.SHR_RI64, Operation.SHR_RC64);
			case SAR -> shift(i, Operation.SAR_RI64, Operation.SAR_RC64);
			case ROL -> rotate(i, Operation.ROL_RI64);
			case ROR -> rotate(i, Operation.ROR_RI64);
			case IMUL -> multiply(i);
			case MUL -> widening(i);
			case INC -> unary(i, Operation.INC_R64, Operation.INC_M64);
			case DEC -> unary(i, Operation.DEC_R64, Operation.DEC_M64);
			case NEG -> negate(i);
			case NOT -> not(i);
			case PUSH -> push(i);
			case POP -> pop(i);
			case SETCC -> setcc(i);
			case CMOVCC -> cmov(i);
			case BT -> bitTest(i);
			case CBW -> extendAccumulator(i);
			case CWD -> spreadSign(i);
			default -> false;
		};
	}

	private static boolean wordOrMore(int size) {
		return size == 8 || size == 4;
	}

	/** Operations come in the order RR, RI, RM, MR, MI of 64 bits, then the same of 32. */
	private boolean arithmetic(Instruction i, int first, FlagsBy after) {
		if (!wordOrMore(i.operandSize)) {
			return false;
		}
		int operation = first + (i.operandSize == 8 ? 0 : 5);
		if (flagsDead && i.destination == OperandKind.GPR && i.source != OperandKind.MEMORY && withoutFlags(first) >= 0) {
			boolean immediate = i.source == OperandKind.IMMEDIATE;
			register(withoutFlags(first) + (i.operandSize == 8 ? 0 : 1) + (immediate ? 2 : 0), i.destinationRegister, i.sourceRegister,
				immediate ? i.immediate : 0);
			flags = FlagsBy.UNKNOWN;
			return true;
		}
		if (i.destination == OperandKind.GPR) {
			switch (i.source) {
				case GPR -> register(operation, i.destinationRegister, i.sourceRegister, 0);
				case IMMEDIATE -> register(operation + 1, i.destinationRegister, 0, i.immediate);
				default -> memory(operation + 2, i.destinationRegister, i);
			}
		} else if (i.source == OperandKind.GPR) {
			memory(operation + 3, i.sourceRegister, i);
		} else {
			memory(operation + 4, 0, i);
			add(i.immediate);
		}
		flags = after;
		return true;
	}

	/** The operation without flags: RR of 64 and 32 bits, then RI of 64 and 32. @return -1 if there is none */
	private static int withoutFlags(int first) {
		return switch (first) {
			case Operation.ADD_RR64 -> Operation.ADD_RR64_N;
			case Operation.SUB_RR64 -> Operation.SUB_RR64_N;
			case Operation.AND_RR64 -> Operation.AND_RR64_N;
			case Operation.OR_RR64 -> Operation.OR_RR64_N;
			case Operation.XOR_RR64 -> Operation.XOR_RR64_N;
			case Operation.SHL_RI64 -> Operation.SHL_RI64_N;
			case Operation.SHR_RI64 -> Operation.SHR_RI64_N;
			case Operation.SAR_RI64 -> Operation.SAR_RI64_N;
			case Operation.ROL_RI64 -> Operation.ROL_RI64_N;
			case Operation.ROR_RI64 -> Operation.ROR_RI64_N;
			case Operation.INC_R64 -> Operation.INC_R64_N;
			case Operation.DEC_R64 -> Operation.DEC_R64_N;
			default -> -1;
		};
	}

	private boolean byteForm(Instruction i, int operation) {
		if (i.operandSize != 1 || !plain(i.destination, i.destinationRegister, 1) || !plain(i.source, i.sourceRegister, 1)) {
			return false;
		}
		register(operation, i.destinationRegister, i.sourceRegister, 0);
		flags = FlagsBy.RESULT;
		return true;
	}

	private boolean andByte(Instruction i) {
		if (i.operandSize != 1 || !plain(i.destination, i.destinationRegister, 1) || i.source != OperandKind.IMMEDIATE) {
			return false;
		}
		register(Operation.AND_RI8, i.destinationRegister, 0, i.immediate);
		flags = FlagsBy.RESULT;
		return true;
	}

	private boolean compareNarrow(Instruction i) {
		int size = i.operandSize;
		if (i.destination == OperandKind.GPR && !plain(i.destination, i.destinationRegister, size)
			|| i.source == OperandKind.GPR && !plain(i.source, i.sourceRegister, size)) {
			return false;
		}
		boolean bytes = size == 1;
		if (i.destination == OperandKind.GPR) {
			switch (i.source) {
				case GPR -> register(bytes ? Operation.CMP_RR8 : Operation.CMP_RR16, i.destinationRegister, i.sourceRegister, 0);
				case IMMEDIATE -> register(bytes ? Operation.CMP_RI8 : Operation.CMP_RI16, i.destinationRegister, 0, i.immediate);
				default -> memory(bytes ? Operation.CMP_RM8 : Operation.CMP_RM16, i.destinationRegister, i);
			}
		} else if (i.source == OperandKind.GPR) {
			memory(bytes ? Operation.CMP_MR8 : Operation.CMP_MR16, i.sourceRegister, i);
		} else {
			memory(bytes ? Operation.CMP_MI8 : Operation.CMP_MI16, 0, i);
			add(i.immediate);
		}
		flags = FlagsBy.SUB;
		return true;
	}

	private boolean test(Instruction i) {
		int size = i.operandSize;
		if (size == 2 || i.destination == OperandKind.GPR && !plain(i.destination, i.destinationRegister, size)
			|| i.source == OperandKind.GPR && !plain(i.source, i.sourceRegister, size)) {
			return false;
		}
		int first = size == 8 ? Operation.TEST_RR64 : size == 4 ? Operation.TEST_RR32 : Operation.TEST_RR8;
		if (i.destination == OperandKind.GPR) {
			if (i.source == OperandKind.GPR) {
				register(first, i.destinationRegister, i.sourceRegister, 0);
			} else {
				register(first + 1, i.destinationRegister, 0, i.immediate);
			}
		} else if (i.source == OperandKind.GPR) {
			memory(first + 2, i.sourceRegister, i);
		} else {
			memory(first + 3, 0, i);
			add(i.immediate);
		}
		flags = FlagsBy.RESULT;
		return true;
	}

	private boolean withCarry(Instruction i, int first) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		int operation = first + (i.operandSize == 8 ? 0 : 3);
		switch (i.source) {
			case GPR -> register(operation, i.destinationRegister, i.sourceRegister, 0);
			case IMMEDIATE -> register(operation + 1, i.destinationRegister, 0, i.immediate);
			default -> memory(operation + 2, i.destinationRegister, i);
		}
		flags = FlagsBy.RESULT;
		return true;
	}

	private boolean move(Instruction i) {
		int size = i.operandSize;
		if (i.destination == OperandKind.GPR && !plain(i.destination, i.destinationRegister, size)
			|| i.source == OperandKind.GPR && !plain(i.source, i.sourceRegister, size)) {
			return false;
		}
		int a = i.destinationRegister;
		if (i.destination == OperandKind.GPR) {
			switch (i.source) {
				case GPR -> register(switch (size) {
					case 8 -> Operation.MOV_RR64;
					case 4 -> Operation.MOV_RR32;
					case 2 -> Operation.MOV_RR16;
					default -> Operation.MOV_RR8;
				}, a, i.sourceRegister, 0);
				case IMMEDIATE -> {
					return moveImmediate(a, size, i.immediate);
				}
				default -> memory(switch (size) {
					case 8 -> Operation.LOAD64;
					case 4 -> Operation.LOAD32;
					case 2 -> Operation.LOAD16;
					default -> Operation.LOAD8;
				}, a, i);
			}
			return true;
		}
		int store = switch (size) {
			case 8 -> Operation.STORE64;
			case 4 -> Operation.STORE32;
			case 2 -> Operation.STORE16;
			default -> Operation.STORE8;
		};
		if (i.source == OperandKind.GPR) {
			memory(store, i.sourceRegister, i);
		} else {
			memory(store + 1, 0, i);
			add(i.immediate);
		}
		return true;
	}

	private boolean moveImmediate(int a, int size, long immediate) {
		switch (size) {
			case 8 -> {
				if (small(immediate)) {
					register(Operation.MOV_RI, a, 0, immediate);
				} else {
					register(Operation.MOV_RI64, a, 0, 0);
					add(immediate);
				}
			}
			case 4 -> register(Operation.MOV_RI32, a, 0, immediate);
			case 1 -> register(Operation.MOV_RI8, a, 0, immediate);
			default -> {
				return false;
			}
		}
		return true;
	}

	private boolean extend(Instruction i, boolean signed) {
		if (!wordOrMore(i.operandSize) || i.source == OperandKind.GPR && !plain(i.source, i.sourceRegister, i.sourceSize)) {
			return false;
		}
		boolean full = i.operandSize == 8;
		boolean register = i.source == OperandKind.GPR;
		int operation;
		if (!signed) {
			operation = i.sourceSize == 1 ? register ? Operation.ZX8 : Operation.LOAD8_ZX : register ? Operation.ZX16 : Operation.LOAD16_ZX;
		} else {
			operation = switch (i.sourceSize) {
				case 1 -> register ? full ? Operation.SX8_64 : Operation.SX8_32 : full ? Operation.LOAD8_SX64 : Operation.LOAD8_SX32;
				case 2 -> register ? full ? Operation.SX16_64 : Operation.SX16_32 : full ? Operation.LOAD16_SX64 : Operation.LOAD16_SX32;
				default -> register ? full ? Operation.SX32_64 : Operation.MOV_RR32 : full ? Operation.LOAD32_SX64 : Operation.LOAD32;
			};
		}
		if (register) {
			register(operation, i.destinationRegister, i.sourceRegister, 0);
		} else {
			memory(operation, i.destinationRegister, i);
		}
		return true;
	}

	private boolean lea(Instruction i) {
		if (!wordOrMore(i.operandSize) || i.addressSize == 2 || i.operandSize == 8 && i.addressSize == 4) {
			return false;
		}
		if (!wide && i.displacement != (int) i.displacement) {
			return false;
		}
		if (i.addressSize == 4) {
			emit(Operation.LEA32 | registers(i.destinationRegister, i.base) | (long) i.index << 19 | (long) i.scale << 24
				| i.displacement << 32);
		} else {
			memory(i.operandSize == 8 ? Operation.LEA64 : Operation.LEA32, i.destinationRegister, i);
		}
		return true;
	}

	/** The 32-bit operation of a shift is the second after the 64-bit one. */
	private boolean shift(Instruction i, int byImmediate, int byCl) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		int narrow = i.operandSize == 8 ? 0 : 2;
		if (i.source == OperandKind.GPR) {
			register(byCl + narrow, i.destinationRegister, 0, 0);
			flags = FlagsBy.UNKNOWN;
			return true;
		}
		int count = (int) i.immediate & (i.operandSize == 8 ? 63 : 31);
		if (count == 0) {
			return false;
		}
		if (flagsDead) {
			register(withoutFlags(byImmediate) + narrow / 2, i.destinationRegister, 0, count);
			flags = FlagsBy.UNKNOWN;
		} else {
			register(byImmediate + narrow, i.destinationRegister, 0, count);
			flags = FlagsBy.RESULT;
		}
		return true;
	}

	private boolean rotate(Instruction i, int operation) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR || i.source != OperandKind.IMMEDIATE) {
			return false;
		}
		int count = (int) i.immediate & (i.operandSize == 8 ? 63 : 31);
		if (count == 0) {
			return false;
		}
		register((flagsDead ? withoutFlags(operation) : operation) + (i.operandSize == 8 ? 0 : 1), i.destinationRegister, 0, count);
		flags = FlagsBy.UNKNOWN;
		return true;
	}

	private boolean multiply(Instruction i) {
		if (!wordOrMore(i.operandSize)) {
			return false;
		}
		int narrow = i.operandSize == 8 ? 0 : 1;
		if (i.hasImmediate) {
			if (i.source != OperandKind.GPR) {
				return false;
			}
			register((flagsDead ? Operation.IMUL_RRI64_N : Operation.IMUL_RRI64) + narrow, i.destinationRegister, i.sourceRegister, i.immediate);
		} else if (i.source == OperandKind.GPR) {
			register((flagsDead ? Operation.IMUL_RR64_N : Operation.IMUL_RR64) + narrow, i.destinationRegister, i.sourceRegister, 0);
		} else {
			memory(Operation.IMUL_RM64 + narrow, i.destinationRegister, i);
		}
		flags = flagsDead && i.source == OperandKind.GPR ? FlagsBy.UNKNOWN : FlagsBy.RESULT;
		return true;
	}

	private boolean widening(Instruction i) {
		if (i.operandSize == 8) {
			if (i.destination == OperandKind.GPR) {
				register(Operation.MUL_R64, 0, i.destinationRegister, 0);
			} else {
				memory(Operation.MUL_M64, 0, i);
			}
		} else if (i.operandSize == 4 && i.destination == OperandKind.GPR) {
			register(Operation.MUL_R32, 0, i.destinationRegister, 0);
		} else {
			return false;
		}
		flags = FlagsBy.RESULT;
		return true;
	}

	/** The 32-bit operation is the second after the 64-bit one. */
	private boolean unary(Instruction i, int register, int memory) {
		if (!wordOrMore(i.operandSize)) {
			return false;
		}
		int narrow = i.operandSize == 8 ? 0 : 2;
		if (flagsDead && i.destination == OperandKind.GPR) {
			register(withoutFlags(register) + narrow / 2, i.destinationRegister, 0, 0);
			flags = FlagsBy.UNKNOWN;
			return true;
		}
		if (i.destination == OperandKind.GPR) {
			register(register + narrow, i.destinationRegister, 0, 0);
		} else {
			memory(memory + narrow, 0, i);
		}
		flags = FlagsBy.RESULT;
		return true;
	}

	private boolean negate(Instruction i) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		register(i.operandSize == 8 ? Operation.NEG_R64 : Operation.NEG_R32, i.destinationRegister, 0, 0);
		flags = FlagsBy.SUB;
		return true;
	}

	private boolean not(Instruction i) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		register(i.operandSize == 8 ? Operation.NOT_R64 : Operation.NOT_R32, i.destinationRegister, 0, 0);
		return true;
	}

	private boolean push(Instruction i) {
		if (!wide || i.operandSize != 8) {
			return false;
		}
		if (i.destination == OperandKind.GPR) {
			register(Operation.PUSH_R, i.destinationRegister, 0, 0);
		} else if (i.destination == OperandKind.IMMEDIATE) {
			register(Operation.PUSH_I, 0, 0, i.immediate);
		} else {
			return false;
		}
		return true;
	}

	private boolean pop(Instruction i) {
		if (!wide || i.operandSize != 8 || i.destination != OperandKind.GPR) {
			return false;
		}
		register(Operation.POP_R, i.destinationRegister, 0, 0);
		return true;
	}

	private boolean setcc(Instruction i) {
		if (!plain(i.destination, i.destinationRegister, 1)) {
			return false;
		}
		register(Operation.SETCC_R, i.destinationRegister, 0, i.condition);
		return true;
	}

	private boolean cmov(Instruction i) {
		if (!wordOrMore(i.operandSize)) {
			return false;
		}
		int narrow = i.operandSize == 8 ? 0 : 1;
		if (i.source == OperandKind.GPR) {
			register(Operation.CMOV_RR64 + narrow, i.destinationRegister, i.sourceRegister, i.condition);
		} else {
			memory(Operation.CMOV_RM64 + narrow, i.destinationRegister, i);
			add(i.condition);
		}
		return true;
	}

	private boolean bitTest(Instruction i) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		if (i.source == OperandKind.GPR) {
			register(i.operandSize == 8 ? Operation.BT_RR64 : Operation.BT_RR32, i.destinationRegister, i.sourceRegister, 0);
		} else {
			register(Operation.BT_RI, i.destinationRegister, 0, i.immediate & (i.operandSize == 8 ? 63 : 31));
		}
		flags = FlagsBy.UNKNOWN;
		return true;
	}

	private boolean extendAccumulator(Instruction i) {
		if (!wordOrMore(i.operandSize)) {
			return false;
		}
		register(i.operandSize == 8 ? Operation.CDQE : Operation.CWDE, 0, 0, 0);
		return true;
	}

	private boolean spreadSign(Instruction i) {
		if (!wordOrMore(i.operandSize)) {
			return false;
		}
		register(i.operandSize == 8 ? Operation.CQO : Operation.CDQ, 0, 0, 0);
		return true;
	}

	private void writeEnd(Instruction i) {
		switch (i.opcode) {
			case JCC -> {
				if (wide && !fuse(i.condition)) {
					register(jump(i.condition), 0, 0, i.condition);
				} else if (!wide) {
					generic(Operation.GENERIC_END);
				}
			}
			case JMP -> generic(wide ? Operation.JMP : Operation.GENERIC_END);
			case CALL -> generic(wide ? Operation.CALL : Operation.GENERIC_END);
			case CALL_INDIRECT -> indirect(i, Operation.CALL_R, Operation.CALL_M);
			case JMP_INDIRECT -> indirect(i, Operation.JMP_R, Operation.JMP_M);
			case RET -> {
				if (wide && i.operandSize == 8) {
					register(Operation.RET, 0, 0, i.immediate);
				} else {
					generic(Operation.GENERIC_END);
				}
			}
			default -> generic(Operation.GENERIC_END);
		}
	}

	private void indirect(Instruction i, int register, int memory) {
		if (!wide || i.operandSize != 8) {
			generic(Operation.GENERIC_END);
		} else if (i.destination == OperandKind.GPR) {
			register(register, 0, i.destinationRegister, 0);
		} else {
			memory(memory, 0, i);
		}
	}

	/** Makes one operation of a jump and the single-word operation right before it whose flags it tests.
	 * @return false if there is none for the two */
	private boolean fuse(int condition) {
		if (endOfRegister != size || flags == FlagsBy.UNKNOWN || (words[size - 1] & NUMBER_MASK) + (1L << 26) != number) {
			return false;
		}
		int operation = (int) words[size - 1] & OPERATION_MASK;
		int fused = switch (condition >> 1) {
			case 1 -> Operation.withJumpIfBelow(operation);
			case 2 -> Operation.withJumpIfEqual(operation);
			default -> -1;
		};
		if (fused < 0) {
			return false;
		}
		long wanted = (condition & 1) == 0 ? 1L << 19 : 0;
		words[size - 1] = words[size - 1] & ~(OPERATION_MASK | NUMBER_MASK) | fused | wanted | number;
		return true;
	}

	private int jump(int condition) {
		if (flags != FlagsBy.UNKNOWN) {
			switch (condition) {
				case 4:
					return Operation.J_Z;
				case 5:
					return Operation.J_NZ;
				case 8:
					return Operation.J_S;
				case 9:
					return Operation.J_NS;
				default:
					break;
			}
		}
		if (flags == FlagsBy.SUB) {
			return switch (condition) {
				case 2 -> Operation.J_SUB_B;
				case 3 -> Operation.J_SUB_AE;
				case 6 -> Operation.J_SUB_BE;
				case 7 -> Operation.J_SUB_A;
				case 12 -> Operation.J_SUB_L;
				case 13 -> Operation.J_SUB_GE;
				case 14 -> Operation.J_SUB_LE;
				case 15 -> Operation.J_SUB_G;
				default -> Operation.JCC;
			};
		}
		return Operation.JCC;
	}
}
