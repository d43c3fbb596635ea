package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;
import mshv.backend.emu.vectors.Form.Immediate;

/** Integer arithmetic, moves and bit instructions. */
final class IntegerForms {
	private static final int[] WORDS = {16, 32, 64};
	private static final String[] CONDITIONS = {"O", "NO", "B", "NB", "Z", "NZ", "BE", "NBE", "S", "NS", "P", "NP", "L", "NL", "LE", "NLE"};
	private static final int RCX_MASK = 1 << CaseBuilder.RCX;

	private final List<Form> forms = new ArrayList<>();

	private IntegerForms() {
	}

	static List<Form> forms() {
		IntegerForms all = new IntegerForms();
		all.arithmetic();
		all.moves();
		all.multiplication();
		all.shifts();
		all.bits();
		all.exchanges();
		all.flags();
		return all.forms;
	}

	private Form add(String name, int... opcode) {
		Form form = new Form(name, opcode);
		forms.add(form);
		return form;
	}

	private void arithmetic() {
		String[] names = {"ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP"};
		for (int i = 0; i < 8; i++) {
			String name = names[i];
			int base = i << 3;
			boolean writes = i != 7;
			target(add(name + " Eb,Gb", base), writes).widths(8).modrm();
			target(add(name + " Ev,Gv", base + 1), writes).widths(WORDS).modrm();
			add(name + " Gb,Eb", base + 2).widths(8).modrm().redundantRepeat();
			add(name + " Gv,Ev", base + 3).widths(WORDS).modrm().redundantRepeat();
			add(name + " AL,Ib", base + 4).widths(8).immediate(Immediate.BYTE).redundantRepeat();
			add(name + " rAX,Iz", base + 5).widths(WORDS).immediate(Immediate.Z).redundantRepeat();
			target(add(name + " Eb,Ib", 0x80), writes).widths(8).digit(i).immediate(Immediate.BYTE);
			target(add(name + " Ev,Iz", 0x81), writes).widths(WORDS).digit(i).immediate(Immediate.Z);
			target(add(name + " Ev,Ib", 0x83), writes).widths(WORDS).digit(i).immediate(Immediate.BYTE);
		}
		add("TEST Eb,Gb", 0x84).widths(8).modrm().redundantRepeat();
		add("TEST Ev,Gv", 0x85).widths(WORDS).modrm().redundantRepeat();
		add("TEST AL,Ib", 0xA8).widths(8).immediate(Immediate.BYTE);
		add("TEST rAX,Iz", 0xA9).widths(WORDS).immediate(Immediate.Z);
		add("TEST Eb,Ib", 0xF6).widths(8).digit(0).immediate(Immediate.BYTE);
		add("TEST Ev,Iz", 0xF7).widths(WORDS).digit(0).immediate(Immediate.Z);
		String[] unary = {"INC", "DEC", "NOT", "NEG"};
		for (int i = 0; i < 4; i++) {
			add(unary[i] + " Eb", i < 2 ? 0xFE : 0xF6).widths(8).digit(i).lockable().redundantRepeat();
			add(unary[i] + " Ev", i < 2 ? 0xFF : 0xF7).widths(WORDS).digit(i).lockable().redundantRepeat();
		}
		add("CBW", 0x98).widths(WORDS).redundantRepeat();
		add("CWD", 0x99).widths(WORDS).redundantRepeat();
	}

	private static Form target(Form form, boolean writes) {
		form.redundantRepeat();
		return writes ? form.lockable() : form;
	}

	private void moves() {
		add("MOV Eb,Gb", 0x88).widths(8).modrm().redundantRepeat();
		add("MOV Ev,Gv", 0x89).widths(WORDS).modrm().redundantRepeat();
		add("MOV Gb,Eb", 0x8A).widths(8).modrm().redundantRepeat();
		add("MOV Gv,Ev", 0x8B).widths(WORDS).modrm().redundantRepeat();
		add("MOV Zb,Ib", 0xB0).widths(8).plusRegister().immediate(Immediate.BYTE).weight(2);
		add("MOV Zv,Iv", 0xB8).widths(WORDS).plusRegister().immediate(Immediate.V);
		add("MOV Eb,Ib", 0xC6).widths(8).digit(0).immediate(Immediate.BYTE);
		add("MOV Ev,Iz", 0xC7).widths(WORDS).digit(0).immediate(Immediate.Z);
		add("MOV AL,Ob", 0xA0).widths(8).immediate(Immediate.OFFSET);
		add("MOV rAX,Ov", 0xA1).widths(WORDS).immediate(Immediate.OFFSET);
		add("MOV Ob,AL", 0xA2).widths(8).immediate(Immediate.OFFSET);
		add("MOV Ov,rAX", 0xA3).widths(WORDS).immediate(Immediate.OFFSET);
		add("MOVSXD Gv,Ed", 0x63).widths(32, 64).size(4).modrm();
		add("MOVZX Gv,Eb", 0x0F, 0xB6).widths(WORDS).size(1).modrm();
		add("MOVZX Gv,Ew", 0x0F, 0xB7).widths(WORDS).size(2).modrm();
		add("MOVSX Gv,Eb", 0x0F, 0xBE).widths(WORDS).size(1).modrm();
		add("MOVSX Gv,Ew", 0x0F, 0xBF).widths(WORDS).size(2).modrm();
		add("MOVNTI My,Gy", 0x0F, 0xC3).widths(32, 64).modrm().memory();
		add("LEA Gv,M", 0x8D).widths(WORDS).modrm().memory().noAccess().weight(24);
		add("XLAT", 0xD7).widths(8).implicitMemory().weight(3)
				.finish(b -> b.pointer(CaseBuilder.RBX, b.place(1, 1) - (b.state().gpr[CaseBuilder.RAX] & 0xFF), true));
		for (int i = 0; i < 16; i++) {
			add("CMOV" + CONDITIONS[i] + " Gv,Ev", 0x0F, 0x40 + i).widths(WORDS).modrm().weight(4);
			add("SET" + CONDITIONS[i] + " Eb", 0x0F, 0x90 + i).widths(8).modrm().weight(3);
		}
	}

	private void multiplication() {
		add("MUL Eb", 0xF6).widths(8).digit(4);
		add("MUL Ev", 0xF7).widths(WORDS).digit(4).weight(9);
		add("IMUL Eb", 0xF6).widths(8).digit(5);
		add("IMUL Ev", 0xF7).widths(WORDS).digit(5).weight(9);
		add("DIV Eb", 0xF6).widths(8).digit(6).weight(8).finish(IntegerForms::unsignedDividend);
		add("DIV Ev", 0xF7).widths(WORDS).digit(6).weight(16).finish(IntegerForms::unsignedDividend);
		add("IDIV Eb", 0xF6).widths(8).digit(7).weight(8).finish(IntegerForms::signedDividend);
		add("IDIV Ev", 0xF7).widths(WORDS).digit(7).weight(16).finish(IntegerForms::signedDividend);
		add("IMUL Gv,Ev", 0x0F, 0xAF).widths(WORDS).modrm();
		add("IMUL Gv,Ev,Iz", 0x69).widths(WORDS).modrm().immediate(Immediate.Z);
		add("IMUL Gv,Ev,Ib", 0x6B).widths(WORDS).modrm().immediate(Immediate.BYTE);
	}

	/** Makes most quotients fit. */
	private static void unsignedDividend(CaseBuilder b) {
		long divisor = b.rmValue();
		if (divisor == 0 || b.prng.chance(25)) {
			return;
		}
		long high = Long.remainderUnsigned(b.prng.next(), divisor);
		if (b.width() == 8) {
			b.gpr(CaseBuilder.RAX, b.state().gpr[CaseBuilder.RAX] & ~0xFF00L | high << 8);
		} else {
			b.gpr(CaseBuilder.RDX, high);
		}
	}

	private static void signedDividend(CaseBuilder b) {
		if (b.prng.chance(25)) {
			return;
		}
		long a = b.state().gpr[CaseBuilder.RAX];
		int shift = 64 - b.width();
		long high = (a << shift) >> 63;
		long divisor = b.rmValue() << shift >> shift;
		if (b.prng.chance(40)) {
			// Near the largest quotient that fits.
			high = divisor / 2 + b.prng.below(3) - 1;
		}
		if (b.width() == 8) {
			b.gpr(CaseBuilder.RAX, a & ~0xFF00L | (high & 0xFF) << 8);
		} else {
			b.gpr(CaseBuilder.RDX, high);
		}
	}

	private void shifts() {
		String[] names = {"ROL", "ROR", "RCL", "RCR", "SHL", "SHR", "SAL", "SAR"};
		for (int i = 0; i < 8; i++) {
			String name = names[i];
			add(name + " Eb,Ib", 0xC0).widths(8).digit(i).modifies().immediate(Immediate.BYTE).weight(4)
					.finish(IntegerForms::shiftByImmediate);
			add(name + " Ev,Ib", 0xC1).widths(WORDS).digit(i).modifies().immediate(Immediate.BYTE).weight(8)
					.finish(IntegerForms::shiftByImmediate);
			add(name + " Eb,1", 0xD0).widths(8).digit(i).modifies().finish(b -> shift(b, 1));
			add(name + " Ev,1", 0xD1).widths(WORDS).digit(i).modifies().finish(b -> shift(b, 1));
			add(name + " Eb,CL", 0xD2).widths(8).digit(i).modifies().avoid(RCX_MASK).weight(4).finish(IntegerForms::shiftByCl);
			add(name + " Ev,CL", 0xD3).widths(WORDS).digit(i).modifies().avoid(RCX_MASK).weight(8).finish(IntegerForms::shiftByCl);
		}
		for (String name : new String[] {"SHLD", "SHRD"}) {
			int opcode = name.equals("SHLD") ? 0xA4 : 0xAC;
			add(name + " Ev,Gv,Ib", 0x0F, opcode).widths(WORDS).modrm().modifies().immediate(Immediate.BYTE).weight(10)
					.finish(IntegerForms::shiftByImmediate);
			add(name + " Ev,Gv,CL", 0x0F, opcode + 1).widths(WORDS).modrm().modifies().avoid(RCX_MASK).weight(10)
					.finish(IntegerForms::shiftByCl);
		}
	}

	private static int count(CaseBuilder b) {
		if (b.width() == 16 && b.form().mnemonic.length() == 4) {
			// SHLD and SHRD have no defined result beyond the width.
			return b.prng.below(17) | b.prng.below(8) << 5;
		}
		return switch (b.prng.below(6)) {
			case 0 -> b.prng.below(2) | b.prng.below(4) << 6;
			case 1 -> b.width() + b.prng.below(3) - 1;
			case 2 -> b.prng.below(256);
			default -> b.prng.below(70);
		};
	}

	private static void shiftByImmediate(CaseBuilder b) {
		int count = count(b);
		b.immediate(count);
		shift(b, count);
	}

	private static void shiftByCl(CaseBuilder b) {
		int count = count(b);
		b.gpr(CaseBuilder.RCX, b.state().gpr[CaseBuilder.RCX] & ~0xFFL | count);
		shift(b, count);
	}

	private static void shift(CaseBuilder b, int count) {
		int masked = count & (b.width() == 64 ? 63 : 31);
		b.test().unspecified.rflags = UndefinedFlags.shift(b.form().mnemonic, b.width(), masked);
	}

	private void bits() {
		String[] names = {"BT", "BTS", "BTR", "BTC"};
		for (int i = 0; i < 4; i++) {
			target(add(names[i] + " Ev,Gv", 0x0F, 0xA3 + 8 * i), i > 0).widths(WORDS).modrm().weight(10).finish(IntegerForms::bitOffset)
					.redundantRepeat = false;
			target(add(names[i] + " Ev,Ib", 0x0F, 0xBA), i > 0).widths(WORDS).digit(4 + i).immediate(Immediate.BYTE)
					.redundantRepeat = false;
		}
		add("BSF Gv,Ev", 0x0F, 0xBC).widths(WORDS).modrm().finish(IntegerForms::nonZeroSource);
		add("BSR Gv,Ev", 0x0F, 0xBD).widths(WORDS).modrm().finish(IntegerForms::nonZeroSource);
		add("BSWAP Zv", 0x0F, 0xC8).widths(32, 64).plusRegister().weight(4);
	}

	/** Keeps most bit offsets, which are signed and reach beyond the operand, near the operand. */
	private static void bitOffset(CaseBuilder b) {
		if (b.memoryOperand() && b.prng.chance(90)) {
			long mask = b.width() == 64 ? -1 : (1L << b.width()) - 1;
			long offset = b.prng.below(8192) - 4096;
			b.gpr(b.reg(), b.state().gpr[b.reg()] & ~mask | offset & mask);
		}
	}

	/** With a zero source the destination is undefined on Intel, and AMD leaves it unchanged. */
	private static void nonZeroSource(CaseBuilder b) {
		if (b.rmValue() == 0) {
			b.rmValue(1L << b.prng.below(b.width()));
		}
	}

	private void exchanges() {
		add("XCHG Eb,Gb", 0x86).widths(8).modrm().lockable().redundantRepeat();
		add("XCHG Ev,Gv", 0x87).widths(WORDS).modrm().lockable().redundantRepeat();
		add("XCHG rAX,Zv", 0x90).widths(WORDS).plusRegister();
		add("XADD Eb,Gb", 0x0F, 0xC0).widths(8).modrm().lockable();
		add("XADD Ev,Gv", 0x0F, 0xC1).widths(WORDS).modrm().lockable();
		add("CMPXCHG Eb,Gb", 0x0F, 0xB0).widths(8).modrm().lockable().weight(4).finish(IntegerForms::comparand);
		add("CMPXCHG Ev,Gv", 0x0F, 0xB1).widths(WORDS).modrm().lockable().weight(8).finish(IntegerForms::comparand);
		add("CMPXCHG8B Mq", 0x0F, 0xC7).size(8).digit(1).memory().lockable().plain().weight(6).finish(IntegerForms::pairComparand);
	}

	private static void comparand(CaseBuilder b) {
		if (b.prng.chance(50)) {
			long mask = b.width() == 64 ? -1 : (1L << b.width()) - 1;
			b.gpr(CaseBuilder.RAX, b.state().gpr[CaseBuilder.RAX] & ~mask | b.rmValue());
		}
	}

	private static void pairComparand(CaseBuilder b) {
		if (b.prng.chance(60)) {
			long value = b.peek(b.target(), 8);
			b.gpr(CaseBuilder.RAX, b.prng.next() << 32 | value & 0xFFFFFFFFL);
			b.gpr(CaseBuilder.RDX, b.prng.next() << 32 | value >>> 32);
		}
	}

	private void flags() {
		String[] names = {"CMC", "CLC", "STC", "CLD", "STD", "SAHF", "LAHF"};
		int[] opcodes = {0xF5, 0xF8, 0xF9, 0xFC, 0xFD, 0x9E, 0x9F};
		for (int i = 0; i < names.length; i++) {
			add(names[i], opcodes[i]).weight(2);
		}
		add("NOP", 0x90).plain();
		add("PAUSE", 0x90).mandatory(0xF3).plain();
		add("ENDBR64", 0x0F, 0x1E, 0xFA).mandatory(0xF3).plain();
		add("NOP Ev", 0x0F, 0x1F).widths(WORDS).digit(0).noAccess();
		for (int i = 0; i < 4; i++) {
			add("PREFETCH M", 0x0F, 0x18).size(1).digit(i).memory().noAccess();
		}
		add("CLFLUSH M", 0x0F, 0xAE).size(1).digit(7).memory().mapped().plain();
		add("LFENCE", 0x0F, 0xAE, 0xE8).plain();
		add("MFENCE", 0x0F, 0xAE, 0xF0).plain();
		add("SFENCE", 0x0F, 0xAE, 0xF8).plain();
	}
}
