package mshv.backend.emu.block;

import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/** Writes arithmetic, logic, shifts and comparisons, and keeps track of what is known of the flags. */
class ArithmeticWriter extends WordWriter {
	/** What is known of the flags at this point of the block. */
	enum FlagsBy {
		/** Nothing. */
		UNKNOWN,
		/** A subtraction without borrow: A and B may be compared. */
		SUB,
		/** Some operation whose result tells ZF and SF. */
		RESULT
	}

	/** What is known of the flags behind the last instruction. */
	FlagsBy flags = FlagsBy.UNKNOWN;
	/** Nobody can see the flags that the present instruction defines. */
	boolean flagsDead;

	/** Operations come in the order RR, RI, RM, MR, MI of 64 bits, then the same of 32. */
	boolean arithmetic(Instruction i, int first, FlagsBy after) {
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

	boolean byteForm(Instruction i, int operation) {
		if (i.operandSize != 1 || !plain(i.destination, i.destinationRegister, 1) || !plain(i.source, i.sourceRegister, 1)) {
			return false;
		}
		register(operation, i.destinationRegister, i.sourceRegister, 0);
		flags = FlagsBy.RESULT;
		return true;
	}

	boolean andByte(Instruction i) {
		if (i.operandSize != 1 || !plain(i.destination, i.destinationRegister, 1) || i.source != OperandKind.IMMEDIATE) {
			return false;
		}
		register(Operation.AND_RI8, i.destinationRegister, 0, i.immediate);
		flags = FlagsBy.RESULT;
		return true;
	}

	boolean compareNarrow(Instruction i) {
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

	boolean test(Instruction i) {
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

	boolean withCarry(Instruction i, int first) {
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

	/** The 32-bit operation of a shift is the second after the 64-bit one. */
	boolean shift(Instruction i, int byImmediate, int byCl) {
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

	boolean rotate(Instruction i, int operation) {
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

	boolean multiply(Instruction i) {
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

	boolean widening(Instruction i) {
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
	boolean unary(Instruction i, int register, int memory) {
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

	boolean negate(Instruction i) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		register(i.operandSize == 8 ? Operation.NEG_R64 : Operation.NEG_R32, i.destinationRegister, 0, 0);
		flags = FlagsBy.SUB;
		return true;
	}

	boolean not(Instruction i) {
		if (!wordOrMore(i.operandSize) || i.destination != OperandKind.GPR) {
			return false;
		}
		register(i.operandSize == 8 ? Operation.NOT_R64 : Operation.NOT_R32, i.destinationRegister, 0, 0);
		return true;
	}

	boolean bitTest(Instruction i) {
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
}
