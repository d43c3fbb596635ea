package mshv.backend.emu.translate;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Which instructions have a translation of their own, and what they do to flags and registers. */
final class Forms {
	/** Places of FS and GS base in a set of registers. */
	static final int FS = 1 << Cpu.FS_BASE, GS = 1 << Cpu.GS_BASE;

	private Forms() {}

	/** @return true if the instruction is translated; false if its handler executes it */
	static boolean isTranslated(Instruction i) {
		if (i.opcode.group() == Opcode.Group.SSE) {
			return VectorForms.isTranslated(i);
		}
		if (i.repeat || i.repeatNot || i.hasMemory() && i.addressSize < 4) {
			return false;
		}
		if (i.lock) {
			return isAtomic(i);
		}
		boolean full = i.operandSize >= 4;
		boolean register = i.destination == OperandKind.GPR;
		return switch (i.opcode) {
			case NOP, PAUSE, PREFETCH, ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT, MOV, MOVNTI, MOVZX, MOVSX, SETCC, JMP,
				JCC, CALL -> true;
			case LEA, SHL, SHR, SAR, MUL, IMUL1, DIV, IDIV, IMUL, CBW, CWD, CMOVCC -> full;
			case ROL, ROR -> full && register && i.source == OperandKind.IMMEDIATE;
			case BT -> full && (register || i.source == OperandKind.IMMEDIATE);
			case BTS, BTR, BTC -> full && register;
			case BSWAP -> full;
			case XCHG -> isAtomic(i) || full && register && i.source == OperandKind.GPR;
			case PUSH -> i.operandSize == 8;
			case POP -> i.operandSize == 8 && register;
			case LEAVE, RET, CALL_INDIRECT, JMP_INDIRECT -> i.operandSize == 8;
			default -> false;
		};
	}

	/** @return true if the instruction is translated as one that replaces memory atomically */
	static boolean isAtomic(Instruction i) {
		return i.operandSize >= 4 && i.destination == OperandKind.MEMORY && switch (i.opcode) {
			case ADD, SUB, AND, OR, XOR, INC, DEC, XADD, CMPXCHG -> i.lock;
			case XCHG -> true;
			default -> false;
		};
	}

	/** @return true if the handler uses no general-purpose register but the operands, changes none but its destination, and uses no flag */
	static boolean isConfined(Instruction i) {
		return switch (i.opcode.group()) {
			case SSE -> i.opcode != Opcode.MASKMOVQ && i.opcode != Opcode.MASKMOVDQU;
			case X87 -> i.opcode.flagUses() == 0;
			default -> false;
		};
	}

	/** @return true if the instruction may fault, or leave the region by itself */
	static boolean mayFault(Instruction i) {
		if (!isTranslated(i)) {
			return true;
		}
		if (i.opcode.group() == Opcode.Group.SSE) {
			return i.hasMemory() || VectorForms.isFloat(i);
		}
		return switch (i.opcode) {
			case NOP, PAUSE, PREFETCH, LEA, JMP, JCC -> false;
			case DIV, IDIV, PUSH, POP, LEAVE, CALL, RET, CALL_INDIRECT, JMP_INDIRECT -> true;
			default -> i.hasMemory();
		};
	}

	/** @return the count of a shift or rotate by an immediate */
	static int count(Instruction i) {
		return (int) i.immediate & (i.operandSize == 8 ? 63 : 31);
	}

	/** @return the flags that the instruction defines whenever it is executed */
	static int defines(Instruction i) {
		if (!isTranslated(i)) {
			return 0;
		}
		return switch (i.opcode) {
			case SHL, SHR, SAR -> i.source == OperandKind.IMMEDIATE && count(i) != 0 ? Flag.ALL : 0;
			case ROL, ROR -> count(i) != 0 ? Flag.CF | Flag.OF : 0;
			case BT, BTS, BTR, BTC -> Flag.CF;
			// Undefined, in fact left alone
			case DIV, IDIV -> 0;
			default -> i.opcode.flagDefinitions();
		};
	}

	/** @return the flags that must be right before the instruction */
	static int uses(Instruction i) {
		return switch (i.opcode) {
			case SHL, SHR, SAR, ROL, ROR, BT, BTS, BTR, BTC -> isTranslated(i) ? 0 : Flag.ALL;
			default -> isTranslated(i) ? i.flagUses() : Flag.ALL;
		};
	}

	private static int bit(OperandKind kind, int register, int size) {
		return kind == OperandKind.GPR ? 1 << (size == 1 ? register & 15 : register) : 0;
	}

	/** @return the registers of the memory operand, as bits */
	static int addressRegisters(Instruction i) {
		if (!i.hasMemory() && i.opcode != Opcode.LEA) {
			return 0;
		}
		int segment = i.segment == 4 ? FS : i.segment == 5 ? GS : 0;
		return (1 << i.base | 1 << i.index | segment) & ~(1 << Instruction.NO_REGISTER);
	}

	/** @return the registers that the translation mentions, as bits */
	static int mentioned(Instruction i) {
		int explicit = addressRegisters(i) | bit(i.destination, i.destinationRegister, highBytes(i, i.operandSize))
			| bit(i.source, i.sourceRegister, highBytes(i, i.sourceSize));
		if (!isTranslated(i)) {
			return isConfined(i) ? explicit : 0;
		}
		return explicit | implicit(i);
	}

	/** @return the registers that the translation changes, as bits */
	static int changed(Instruction i) {
		if (!isTranslated(i)) {
			return isConfined(i) ? bit(i.destination, i.destinationRegister, 4) : 0;
		}
		int destination = bit(i.destination, i.destinationRegister, i.operandSize);
		return switch (i.opcode) {
			case CMP, TEST, BT, JMP_INDIRECT -> 0;
			case CALL_INDIRECT, PUSH -> 1 << Cpu.RSP;
			case MUL, IMUL1, DIV, IDIV, CBW, CWD -> implicit(i);
			case POP, CALL, RET, LEAVE -> destination | implicit(i);
			case XCHG, XADD -> destination | bit(i.source, i.sourceRegister, i.operandSize);
			case CMPXCHG -> implicit(i);
			default -> destination;
		};
	}

	/** Only integer instructions name AH, CH, DH and BH. */
	private static int highBytes(Instruction i, int size) {
		return i.opcode.group() == Opcode.Group.INTEGER ? size : 4;
	}

	private static int implicit(Instruction i) {
		return switch (i.opcode) {
			case PUSH, POP, CALL, CALL_INDIRECT, RET -> 1 << Cpu.RSP;
			case LEAVE -> 1 << Cpu.RSP | 1 << Cpu.RBP;
			case MUL, IMUL1, DIV, IDIV -> 1 << Cpu.RAX | 1 << Cpu.RDX;
			case CBW, CMPXCHG -> 1 << Cpu.RAX;
			case CWD -> 1 << Cpu.RAX | 1 << Cpu.RDX;
			default -> 0;
		};
	}
}
