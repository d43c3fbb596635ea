package mshv.backend.emu.translate;

import java.util.List;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Which flags somebody may look at behind each instruction of a region, and what is known of them where each block begins. */
final class FlagFlow {
	private final List<Node> nodes;
	private final List<int[]> successors;
	private final int[][] liveAfter;
	private final FlagState[] atStart;

	/** Analyses a region. @param successors for each node the nodes that it may go on with inside the region */
	FlagFlow(List<Node> nodes, List<int[]> successors) {
		this.nodes = nodes;
		this.successors = successors;
		liveAfter = new int[nodes.size()][];
		atStart = new FlagState[nodes.size()];
		findLive();
		findStates();
	}

	/** @return the flags that may be looked at before they are defined again */
	int liveAfter(int node, int instruction) {
		return liveAfter[node][instruction];
	}

	/** @return what is known of the flags where a block begins */
	FlagState atStart(int node) {
		return atStart[node] == null ? FlagState.UNKNOWN : atStart[node];
	}

	private void findLive() {
		int[] liveAtStart = new int[nodes.size()];
		boolean changed = true;
		while (changed) {
			changed = false;
			for (int n = nodes.size() - 1; n >= 0; n--) {
				int live = atEnd(n, liveAtStart);
				Instruction[] instructions = nodes.get(n).instructions();
				int[] after = new int[instructions.length];
				for (int k = instructions.length - 1; k >= 0; k--) {
					after[k] = live;
					Instruction i = instructions[k];
					live = Forms.mayFault(i) ? Flag.ALL : live & ~Forms.defines(i) | Forms.uses(i);
				}
				liveAfter[n] = after;
				changed |= liveAtStart[n] != live;
				liveAtStart[n] = live;
			}
		}
	}

	/** A way out of the region, or one that polls for attention, shows all flags. */
	private int atEnd(int n, int[] liveAtStart) {
		Node node = nodes.get(n);
		Opcode last = node.last().opcode;
		boolean stays = switch (last) {
			case JCC -> stays(node, node.taken()) && stays(node, node.following());
			case JMP, CALL -> stays(node, node.taken());
			case RET, JMP_INDIRECT, CALL_INDIRECT -> false;
			default -> Forms.isTranslated(node.last()) && stays(node, node.following());
		};
		if (!stays) {
			return Flag.ALL;
		}
		int live = 0;
		for (int successor : successors.get(n)) {
			live |= liveAtStart[successor];
		}
		return live;
	}

	private boolean stays(Node from, int to) {
		return to != Node.OUTSIDE && !isBackward(from, nodes.get(to));
	}

	/** @return true if going from one block to another needs a poll, so that no cycle is without one */
	static boolean isBackward(Node from, Node to) {
		return Long.compareUnsigned(to.rip(), from.last().address) <= 0;
	}

	private void findStates() {
		atStart[0] = FlagState.UNKNOWN;
		boolean changed = true;
		while (changed) {
			changed = false;
			for (int n = 0; n < nodes.size(); n++) {
				if (atStart[n] == null) {
					continue;
				}
				FlagState state = atStart[n];
				Instruction[] instructions = nodes.get(n).instructions();
				for (int k = 0; k < instructions.length; k++) {
					state = after(state, instructions[k], liveAfter[n][k]);
				}
				for (int successor : successors.get(n)) {
					FlagState joined = atStart[successor] == null ? state : atStart[successor].join(state);
					changed |= atStart[successor] == null || !joined.same(atStart[successor]);
					atStart[successor] = joined;
				}
			}
		}
	}

	/** @param live the flags that may be looked at behind the instruction
	 * @return what is known of the flags behind an instruction; as before it if it need not define any */
	static FlagState after(FlagState before, Instruction i, int live) {
		if (!Forms.isTranslated(i)) {
			return i.opcode.flagDefinitions() == 0 && Forms.isConfined(i) ? before : FlagState.UNKNOWN;
		}
		// What the handler of an atomic instruction does not define, it puts where its own kind of definition has it
		if ((Forms.isAtomic(i) ? live : i.opcode.flagDefinitions() & live) == 0) {
			return before;
		}
		return switch (i.opcode) {
			case ADD, XADD -> new FlagState(FlagState.By.ADD, i.operandSize);
			case ADC -> new FlagState(FlagState.By.ADC, i.operandSize);
			case SUB, CMP, NEG, CMPXCHG -> new FlagState(FlagState.By.SUB, i.operandSize);
			case SBB -> new FlagState(FlagState.By.SBB, i.operandSize);
			case AND, OR, XOR, TEST -> new FlagState(FlagState.By.LOGIC, i.operandSize);
			case INC -> new FlagState(FlagState.By.INC, i.operandSize);
			case DEC -> new FlagState(FlagState.By.DEC, i.operandSize);
			case MUL, IMUL1, IMUL -> new FlagState(FlagState.By.SHIFT, i.operandSize);
			case SHL, SHR, SAR -> shifted(before, i);
			case ROL, ROR -> Forms.count(i) == 0 || (live & (Flag.CF | Flag.OF)) == 0 ? before : new FlagState(FlagState.By.EXPLICIT, 8);
			case COMISS, COMISD, UCOMISS, UCOMISD -> new FlagState(FlagState.By.EXPLICIT, 8);
			case BT, BTS, BTR, BTC -> (live & Flag.CF) == 0 ? before : new FlagState(FlagState.By.EXPLICIT, 8);
			default -> before;
		};
	}

	private static FlagState shifted(FlagState before, Instruction i) {
		FlagState after = new FlagState(FlagState.By.SHIFT, i.operandSize);
		if (i.source == OperandKind.IMMEDIATE) {
			return Forms.count(i) == 0 ? before : after;
		}
		return before.join(after);
	}
}
