package mshv.backend.emu.block;

import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/**
 * Writes the code words of one block.
 * <p>
 * Memory operands are inline in 64-bit mode only, where segments have no limits; other modes leave them to the handlers.
 */
final class CodeWriter extends ArithmeticWriter {
	private static final int OPERATION_MASK = 0x1FF;
	private static final long NUMBER_MASK = 63L << 26;

	private final boolean wide;

	CodeWriter(int mode) {
		wide = mode == 64;
	}

	/** Appends an instruction.
	 * @param number its number in the block
	 * @param flagsDead true if nobody can see the flags that it defines */
	void write(Instruction i, int number, boolean flagsDead) {
		number(number);
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
		number(number);
		emit(Operation.FALL_THROUGH);
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
