package mshv.backend.emu.translate;

import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/**
 * One block of a region to be translated.
 *
 * @param instructions at most {@value Region#MAX_INSTRUCTIONS}, in order; 64-bit code
 * @param handlers their handlers
 * @param taken number of the block that the direct branch at the end leads to, or {@link #OUTSIDE}
 * @param following number of the block behind this one, or {@link #OUTSIDE}; behind a call, the block that it returns to
 * @param targets numbers of blocks that the indirect branch at the end led to lately
 */
public record Node(Instruction[] instructions, Handler[] handlers, int taken, int following, int[] targets) {
	/** A way that leaves the region. */
	public static final int OUTSIDE = -1;

	/** @return offset in CS of the first instruction */
	long rip() {
		return instructions[0].address;
	}

	/** @return the last instruction */
	Instruction last() {
		return instructions[instructions.length - 1];
	}

	/** @return offset in CS of what is behind the last instruction */
	long end() {
		return last().address + last().length;
	}

	/** @return true if the block ends by a near return */
	boolean returns() {
		return last().opcode == Opcode.RET && Forms.isTranslated(last());
	}

	/** @return true if the block ends by an indirect branch that is translated */
	boolean branchesIndirectly() {
		return Forms.isTranslated(last()) && switch (last().opcode) {
			case RET, JMP_INDIRECT, CALL_INDIRECT -> true;
			default -> false;
		};
	}

	/** @return true if the block ends by a direct near call */
	boolean calls() {
		return last().opcode == Opcode.CALL;
	}
}
