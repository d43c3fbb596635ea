package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;
import mshv.backend.emu.vectors.Form.Immediate;

/**
 * Stack instructions and near branches. Branches have no operand-size prefix: Intel ignores it in 64-bit mode, AMD truncates RIP.
 */
final class ControlForms {
	private static final int[] STACK_WIDTHS = {16, 64, 64};

	private final List<Form> forms = new ArrayList<>();

	private ControlForms() {
	}

	static List<Form> forms() {
		ControlForms all = new ControlForms();
		all.stack();
		all.branches();
		return all.forms;
	}

	private Form add(String name, int... opcode) {
		Form form = new Form(name, opcode);
		forms.add(form);
		return form;
	}

	private void stack() {
		add("PUSH Zv", 0x50).widths(STACK_WIDTHS).stack().plusRegister().weight(6);
		add("POP Zv", 0x58).widths(STACK_WIDTHS).stack().plusRegister().weight(6);
		add("PUSH Iz", 0x68).widths(STACK_WIDTHS).stack().immediate(Immediate.Z);
		add("PUSH Ib", 0x6A).widths(STACK_WIDTHS).stack().immediate(Immediate.BYTE);
		add("PUSH Ev", 0xFF).widths(STACK_WIDTHS).stack().digit(6);
		add("POP Ev", 0x8F).widths(STACK_WIDTHS).stack().digit(0).plain();
		add("PUSHF", 0x9C).widths(STACK_WIDTHS).stack().weight(4).finish(b -> b.test().pushesFlags = true);
		add("POPF", 0x9D).widths(STACK_WIDTHS).stack().mapped().weight(6).finish(ControlForms::poppedFlags);
		add("PUSH FS", 0x0F, 0xA0).widths(STACK_WIDTHS).stack();
		add("PUSH GS", 0x0F, 0xA8).widths(STACK_WIDTHS).stack();
		add("LEAVE", 0xC9).widths(STACK_WIDTHS).stack().weight(4).finish(ControlForms::framePointer);
		add("ENTER Iw,0", 0xC8).widths(STACK_WIDTHS).stack().immediate(Immediate.WORD_BYTE).severalAccesses().weight(3)
				.finish(b -> b.immediate(b.prng.next() & 0xFFFF & (b.prng.chance(80) ? 0x3FF : -1)));
		add("ENTER Iw,Ib", 0xC8).widths(STACK_WIDTHS).stack().immediate(Immediate.WORD_BYTE).severalAccesses().weight(6)
				.finish(ControlForms::nesting);
	}

	/** Single-stepping cannot take over a popped TF, and ptrace cannot reset ID. */
	private static void poppedFlags(CaseBuilder b) {
		long stack = b.state().gpr[CaseBuilder.RSP];
		final long kept = ~(1L << 8 | 1L << 21);
		b.poke(stack, b.peek(stack, 8) & kept, 8);
	}

	private static void framePointer(CaseBuilder b) {
		CpuState s = b.state();
		s.gpr[CaseBuilder.RBP] = s.gpr[CaseBuilder.RSP];
		s.gpr[CaseBuilder.RSP] = b.prng.next();
	}

	private static void nesting(CaseBuilder b) {
		int level = b.prng.chance(80) ? 1 + b.prng.below(6) : b.prng.below(256);
		b.immediate(b.prng.below(64) * 8 | (long) level << 16);
		if (b.prng.chance(90)) {
			CpuState s = b.state();
			s.gpr[CaseBuilder.RBP] = s.gpr[CaseBuilder.RSP] - 256 + b.prng.below(64) * 8;
		}
	}

	private void branches() {
		String[] conditions = {"O", "NO", "B", "NB", "Z", "NZ", "BE", "NBE", "S", "NS", "P", "NP", "L", "NL", "LE", "NLE"};
		for (int i = 0; i < 16; i++) {
			add("J" + conditions[i] + " Jb", 0x70 + i).widths(64).default64().immediate(Immediate.BYTE).weight(2);
			add("J" + conditions[i] + " Jz", 0x0F, 0x80 + i).widths(64).default64().immediate(Immediate.Z).weight(2);
		}
		add("JMP Jb", 0xEB).widths(64).default64().immediate(Immediate.BYTE).weight(3);
		add("JMP Jz", 0xE9).widths(64).default64().immediate(Immediate.Z).weight(3);
		add("CALL Jz", 0xE8).widths(64).stack().immediate(Immediate.Z).weight(6);
		add("JMP Ev", 0xFF).widths(64).default64().digit(4).weight(6).finish(b -> b.rmValue(branchTarget(b)));
		add("CALL Ev", 0xFF).widths(64).stack().digit(2).eitherOperandFirst().weight(6).finish(b -> b.rmValue(branchTarget(b)));
		add("RET", 0xC3).widths(64).stack().weight(6).finish(ControlForms::returnAddress);
		add("RET Iw", 0xC2).widths(64).stack().immediate(Immediate.WORD).weight(6).finish(ControlForms::returnAddress);
		String[] loops = {"LOOPNE", "LOOPE", "LOOP", "JRCXZ"};
		for (int i = 0; i < 4; i++) {
			add(loops[i] + " Jb", 0xE0 + i).widths(64).default64().implicitMemory().immediate(Immediate.BYTE).weight(4)
					.finish(ControlForms::loopCount);
		}
	}

	/** A target in the lower half; where a non-canonical one faults differs between processors. */
	private static long branchTarget(CaseBuilder b) {
		return b.prng.chance(80) ? AddressSpace.CODE + b.prng.below(2 * AddressSpace.PAGE) : b.prng.next() >>> 18;
	}

	private static void returnAddress(CaseBuilder b) {
		b.poke(b.state().gpr[CaseBuilder.RSP], branchTarget(b), 8);
	}

	private static void loopCount(CaseBuilder b) {
		b.state().gpr[CaseBuilder.RCX] = b.prng.below(3) | (b.prng.chance(30) ? b.prng.next() << 32 : 0);
	}
}
