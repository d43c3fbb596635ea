package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;

/** All x87 instructions, FXSAVE and FXRSTOR. */
final class X87Forms {
	private static final int MASKS = 0x3F;

	private final List<Form> forms = new ArrayList<>();

	private X87Forms() {
	}

	static List<Form> forms() {
		X87Forms all = new X87Forms();
		all.arithmetic();
		all.loadsAndStores();
		all.comparisons();
		all.constantsAndFunctions();
		all.control();
		all.state();
		return all.forms;
	}

	private Form add(String name, int... opcode) {
		Form form = new Form(name, opcode).x87();
		forms.add(form);
		return form;
	}

	private Form memory(String name, int opcode, int digit, Element element, int size) {
		return add(name, opcode).digit(digit).memory().of(element, Element.INTEGER).size(size).weight(6);
	}

	private Form stack(String name, int opcode, int base) {
		return add(name + " ST(i)", opcode, base).plusRegister().weight(6);
	}

	private void arithmetic() {
		String[] names = {"ADD", "MUL", "COM", "COMP", "SUB", "SUBR", "DIV", "DIVR"};
		for (int i = 0; i < 8; i++) {
			memory("F" + names[i] + " Md", 0xD8, i, Element.SINGLE, 4);
			memory("F" + names[i] + " Mq", 0xDC, i, Element.DOUBLE, 8);
			memory("FI" + names[i] + " Md", 0xDA, i, Element.INT32, 4).weight(3);
			memory("FI" + names[i] + " Mw", 0xDE, i, Element.INT16, 2).weight(3);
			stack("F" + names[i], 0xD8, 0xC0 + 8 * i).weight(12);
			if (i != 2 && i != 3) {
				// The register forms with the result in ST(i) swap the operands of the odd and even opcodes.
				int other = i < 4 ? i : i ^ 1;
				stack("F" + names[i] + "to", 0xDC, 0xC0 + 8 * other);
				stack("F" + names[i] + "P", 0xDE, 0xC0 + 8 * other);
			}
		}
	}

	private void loadsAndStores() {
		memory("FLD Md", 0xD9, 0, Element.SINGLE, 4);
		memory("FST Md", 0xD9, 2, Element.SINGLE, 4);
		memory("FSTP Md", 0xD9, 3, Element.SINGLE, 4);
		memory("FLD Mq", 0xDD, 0, Element.DOUBLE, 8);
		memory("FST Mq", 0xDD, 2, Element.DOUBLE, 8);
		memory("FSTP Mq", 0xDD, 3, Element.DOUBLE, 8);
		memory("FLD Mt", 0xDB, 5, Element.EXTENDED, 10);
		memory("FSTP Mt", 0xDB, 7, Element.EXTENDED, 10).severalAccesses();
		memory("FILD Mw", 0xDF, 0, Element.INT16, 2);
		memory("FIST Mw", 0xDF, 2, Element.INT16, 2);
		memory("FISTP Mw", 0xDF, 3, Element.INT16, 2);
		memory("FILD Md", 0xDB, 0, Element.INT32, 4);
		memory("FIST Md", 0xDB, 2, Element.INT32, 4);
		memory("FISTP Md", 0xDB, 3, Element.INT32, 4);
		memory("FILD Mq", 0xDF, 5, Element.INT64, 8);
		memory("FISTP Mq", 0xDF, 7, Element.INT64, 8);
		memory("FBLD Mt", 0xDF, 4, Element.DECIMAL, 10).mapped();
		memory("FBSTP Mt", 0xDF, 6, Element.DECIMAL, 10).severalAccesses();
		stack("FLD", 0xD9, 0xC0);
		stack("FST", 0xDD, 0xD0);
		stack("FSTP", 0xDD, 0xD8);
		stack("FXCH", 0xD9, 0xC8);
		String[] conditions = {"B", "E", "BE", "U", "NB", "NE", "NBE", "NU"};
		for (int i = 0; i < 8; i++) {
			stack("FCMOV" + conditions[i], 0xDA + i / 4, 0xC0 + 8 * (i & 3)).weight(3);
		}
	}

	private void comparisons() {
		stack("FUCOM", 0xDD, 0xE0);
		stack("FUCOMP", 0xDD, 0xE8);
		stack("FCOMI", 0xDB, 0xF0);
		stack("FUCOMI", 0xDB, 0xE8);
		stack("FCOMIP", 0xDF, 0xF0);
		stack("FUCOMIP", 0xDF, 0xE8);
		add("FCOMPP", 0xDE, 0xD9).weight(6);
		add("FUCOMPP", 0xDA, 0xE9).weight(6);
		add("FTST", 0xD9, 0xE4).weight(6);
		add("FXAM", 0xD9, 0xE5).weight(8);
	}

	private void constantsAndFunctions() {
		String[] constants = {"FLD1", "FLDL2T", "FLDL2E", "FLDPI", "FLDLG2", "FLDLN2", "FLDZ"};
		for (int i = 0; i < constants.length; i++) {
			add(constants[i], 0xD9, 0xE8 + i).weight(4);
		}
		add("FCHS", 0xD9, 0xE0).weight(4);
		add("FABS", 0xD9, 0xE1).weight(4);
		add("FXTRACT", 0xD9, 0xF4).weight(8);
		add("FSQRT", 0xD9, 0xFA).weight(12);
		add("FRNDINT", 0xD9, 0xFC).weight(12);
		add("FSCALE", 0xD9, 0xFD).weight(12);
		add("FPREM", 0xD9, 0xF8).weight(8).finish(b -> operands(b, -15, 35, -15, 35));
		add("FPREM1", 0xD9, 0xF5).weight(8).finish(b -> operands(b, -15, 35, -15, 35));
		function("F2XM1", 0xF0, -20, 20, 0, 1);
		function("FYL2X", 0xF1, -40, 80, -10, 20);
		function("FPTAN", 0xF2, -20, 26, 0, 1);
		function("FPATAN", 0xF3, -20, 40, -20, 40);
		function("FYL2XP1", 0xF9, -20, 18, -10, 20);
		function("FSINCOS", 0xFB, -20, 26, 0, 1);
		function("FSIN", 0xFE, -20, 26, 0, 1);
		function("FCOS", 0xFF, -20, 26, 0, 1);
	}

	private void function(String name, int opcode, int low, int span, int low1, int span1) {
		add(name, 0xD9, opcode).weight(8).finish(b -> {
			b.state().fcw |= MASKS;
			b.state().fsw &= ~0x8080;
			operands(b, low, span, low1, span1);
			b.test().unspecified.transcendental = true;
			final int precision = 0x20;
			b.test().unspecified.fsw |= precision;
		});
	}

	/** Restricts the magnitude of ST(0) and ST(1): beyond, results are undefined or depend on how far a processor reduces at once. */
	private static void operands(CaseBuilder b, int low, int span, int low1, int span1) {
		operand(b, 0, low, span);
		operand(b, 1, low1, span1);
		if (b.form().mnemonic.startsWith("FYL2X") && b.prng.chance(80)) {
			b.state().signExponent[0] &= 0x7FFF;
		}
	}

	private static void operand(CaseBuilder b, int register, int low, int span) {
		CpuState s = b.state();
		int special = b.prng.below(20);
		if (special >= 3) {
			b.values.moderate(low, span);
			s.significand[register] = b.values.significand();
			s.signExponent[register] = b.values.exponent();
			return;
		}
		boolean number = special == 0 || b.form().mnemonic.equals("FYL2XP1") && register == 0;
		s.signExponent[register] = number ? 0 : 0x7FFF;
		s.significand[register] = number ? 0 : special == 1 ? Long.MIN_VALUE : 0xC000_0000_0000_1234L;
	}

	private void control() {
		add("FNOP", 0xD9, 0xD0);
		add("FWAIT", 0x9B).weight(2);
		add("FDECSTP", 0xD9, 0xF6).weight(2);
		add("FINCSTP", 0xD9, 0xF7).weight(2);
		stack("FFREE", 0xDD, 0xC0).weight(2);
		add("FNCLEX", 0xDB, 0xE2).weight(3);
		add("FNINIT", 0xDB, 0xE3).weight(2);
		add("FNSTSW AX", 0xDF, 0xE0).weight(3);
		add("FNSTSW Mw", 0xDD).digit(7).memory().size(2);
		add("FNSTCW Mw", 0xD9).digit(7).memory().size(2);
		add("FLDCW Mw", 0xD9).digit(5).memory().size(2).mapped().weight(4).finish(b -> b.poke(b.target(), controlWord(b), 2));
	}

	private static int controlWord(CaseBuilder b) {
		// Precision 01 and the bits that are not implemented are left out.
		int precision = b.prng.below(3);
		return 0x40 | b.prng.below(MASKS + 1) | (precision == 0 ? 0 : precision + 1) << 8 | b.prng.below(4) << 10;
	}

	private void state() {
		add("FNSTENV M", 0xD9).widths(32).size(28).digit(6).memory().severalAccesses().weight(4).finish(b -> ignoreEnvironment(b, 4));
		add("FNSTENV M16", 0xD9).widths(16).size(14).digit(6).memory().severalAccesses().weight(2).finish(b -> ignoreEnvironment(b, 2));
		add("FNSAVE M", 0xDD).widths(32).size(108).digit(6).memory().severalAccesses().weight(4).finish(b -> ignoreEnvironment(b, 4));
		add("FNSAVE M16", 0xDD).widths(16).size(94).digit(6).memory().severalAccesses().weight(2).finish(b -> ignoreEnvironment(b, 2));
		add("FLDENV M", 0xD9).widths(32).size(28).digit(4).memory().mapped().weight(4).finish(b -> environment(b, 4));
		add("FLDENV M16", 0xD9).widths(16).size(14).digit(4).memory().mapped().weight(2).finish(b -> environment(b, 2));
		add("FRSTOR M", 0xDD).widths(32).size(108).digit(4).memory().mapped().weight(4).finish(b -> environment(b, 4));
		add("FRSTOR M16", 0xDD).widths(16).size(94).digit(4).memory().mapped().weight(2).finish(b -> environment(b, 2));
		Form save = new Form("FXSAVE M", 0x0F, 0xAE).widths(32, 64).size(512).aligned(16).digit(0).memory().severalAccesses().weight(6);
		forms.add(save.finish(X87Forms::ignoreInSave));
		Form restore = new Form("FXRSTOR M", 0x0F, 0xAE).widths(32, 64).size(512).aligned(16).digit(1).memory().severalAccesses();
		forms.add(restore.weight(6).finish(X87Forms::saveArea));
	}

	/** The instruction and data pointers, and the reserved halves of the three words. */
	private static void ignoreEnvironment(CaseBuilder b, int step) {
		long target = b.target();
		Unspecified unspecified = b.test().unspecified;
		if (step == 4) {
			for (int i = 0; i < 3; i++) {
				unspecified.ignoreData(target + 4 * i + 2, 2);
			}
		}
		unspecified.ignoreData(target + 3 * step, 4 * step);
	}

	private static void environment(CaseBuilder b, int step) {
		int fcw = controlWord(b);
		b.poke(b.target(), fcw, 2);
		b.poke(b.target() + step, statusWord(b, fcw), 2);
		if (b.prng.chance(30)) {
			b.poke(b.target() + 2 * step, b.prng.chance(50) ? 0 : 0xFFFF, 2);
		}
	}

	private static int statusWord(CaseBuilder b, int fcw) {
		int exceptions = b.prng.chance(50) ? 0 : b.prng.below(MASKS + 1);
		return b.states.status(exceptions, fcw) | b.prng.below(128) << 8;
	}

	/** FOP, FIP and FDP, MXCSR_MASK and reserved bytes. */
	private static void ignoreInSave(CaseBuilder b) {
		long target = b.target();
		Unspecified unspecified = b.test().unspecified;
		unspecified.ignoreData(target + 5, 19);
		unspecified.ignoreData(target + 28, 4);
		for (int i = 0; i < 8; i++) {
			unspecified.ignoreData(target + 42 + 16 * i, 6);
		}
		unspecified.ignoreData(target + 416, 48);
	}

	private static void saveArea(CaseBuilder b) {
		int fcw = controlWord(b);
		b.poke(b.target(), fcw, 2);
		b.poke(b.target() + 2, statusWord(b, fcw), 2);
		// Bit 17 exists on AMD only.
		long mxcsr = b.prng.next() & (b.prng.chance(85) ? 0xFFFF : ~(1L << 17));
		b.poke(b.target() + 24, mxcsr, 4);
	}
}
