package mshv.backend.emu.block;

import java.util.List;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Finds instructions whose flags nobody can see. */
final class FlagLiveness {
	private FlagLiveness() {}

	/** @param instructions of one block, in order
	 * @return for each whether all flags that it defines are defined again before they are used, or could be seen by a fault's handler
	 *         or after the block */
	static boolean[] deadDefinitions(List<Instruction> instructions) {
		boolean[] dead = new boolean[instructions.size()];
		int live = Flag.ALL;
		for (int n = dead.length - 1; n >= 0; n--) {
			Instruction i = instructions.get(n);
			int defined = i.opcode.flagDefinitions();
			dead[n] = defined != 0 && (defined & live) == 0;
			live = mayFault(i) ? Flag.ALL : live & ~defined | uses(i);
		}
		return dead;
	}

	/** Shifts and rotates by a constant other than 0 keep no flag that they do not define. */
	private static int uses(Instruction i) {
		return switch (i.opcode) {
			case SHL, SHR, SAR -> constantCount(i) ? 0 : i.flagUses();
			case ROL, ROR -> constantCount(i) ? Flag.ALL & ~(Flag.CF | Flag.OF) : i.flagUses();
			default -> i.flagUses();
		};
	}

	private static boolean constantCount(Instruction i) {
		return i.source == OperandKind.IMMEDIATE && (i.immediate & (i.operandSize == 8 ? 63 : 31)) != 0;
	}

	private static boolean mayFault(Instruction i) {
		return i.hasMemory() && i.opcode != Opcode.LEA || switch (i.opcode) {
			case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT, MUL, IMUL, ROL, ROR, SHL, SHR, SAR, BT, BSWAP, MOV, MOVZX,
				MOVSX, LEA, XCHG, CBW, CWD, SETCC, CMOVCC, NOP -> false;
			default -> true;
		};
	}
}
