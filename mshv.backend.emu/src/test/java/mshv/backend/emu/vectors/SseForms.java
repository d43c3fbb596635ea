package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;
import mshv.backend.emu.vectors.Form.Immediate;

/** Floating-point instructions of SSE and SSE2. */
final class SseForms {
	private static final int[] PREFIXES = {0, 0x66, 0xF3, 0xF2};
	private static final String[] SUFFIXES = {"PS", "PD", "SS", "SD"};
	private static final Element[] ELEMENTS = {Element.SINGLE, Element.DOUBLE, Element.SINGLE, Element.DOUBLE};
	private static final int[] SIZES = {16, 16, 4, 8};

	private final List<Form> forms = new ArrayList<>();

	private SseForms() {
	}

	static List<Form> forms() {
		SseForms all = new SseForms();
		all.arithmetic();
		all.moves();
		all.conversions();
		all.control();
		return all.forms;
	}

	private Form add(String name, int prefix, int opcode) {
		Form form = new Form(name, 0x0F, opcode).mandatory(prefix);
		forms.add(form);
		return form;
	}

	/** One of the four variants of an operation: packed or scalar, single or double. */
	private Form variant(String name, int opcode, int variant) {
		Form form = add(name + SUFFIXES[variant] + " V,W", PREFIXES[variant], opcode).of(ELEMENTS[variant]).size(SIZES[variant]);
		return variant < 2 ? form.aligned(16) : form;
	}

	private void arithmetic() {
		String[] names = {"SQRT", "ADD", "MUL", "SUB", "MIN", "DIV", "MAX"};
		int[] opcodes = {0x51, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F};
		for (int variant = 0; variant < 4; variant++) {
			for (int i = 0; i < names.length; i++) {
				variant(names[i], opcodes[i], variant).modrm().weight(12);
			}
			variant("CMP", 0xC2, variant).modrm().weight(12).immediate(Immediate.BYTE).finish(b -> b.immediate(b.prng.below(8)));
		}
		String[] packed = {"UNPCKL", "UNPCKH", "AND", "ANDN", "OR", "XOR"};
		int[] packedOpcodes = {0x14, 0x15, 0x54, 0x55, 0x56, 0x57};
		for (int variant = 0; variant < 2; variant++) {
			for (int i = 0; i < packed.length; i++) {
				variant(packed[i], packedOpcodes[i], variant).modrm().weight(4);
			}
			variant("SHUF", 0xC6, variant).modrm().weight(5).immediate(Immediate.BYTE);
			comparison("UCOMIS", 0x2E, variant);
			comparison("COMIS", 0x2F, variant);
		}
		for (int variant = 0; variant < 3; variant += 2) {
			variant("RSQRT", 0x52, variant).modrm().weight(6).finish(b -> b.test().unspecified.reciprocal = true);
			variant("RCP", 0x53, variant).modrm().weight(6).finish(b -> b.test().unspecified.reciprocal = true);
		}
	}

	private void comparison(String name, int opcode, int variant) {
		add(name + (variant == 0 ? "S" : "D") + " V,W", PREFIXES[variant], opcode).of(ELEMENTS[variant]).size(variant == 0 ? 4 : 8).modrm()
				.weight(8);
	}

	private void moves() {
		String[] suffixes = {"UPS", "UPD", "SS", "SD"};
		for (int variant = 0; variant < 4; variant++) {
			for (int store = 0; store < 2; store++) {
				String operands = store == 0 ? " V,W" : " W,V";
				add("MOV" + suffixes[variant] + operands, PREFIXES[variant], 0x10 + store).size(SIZES[variant]).modrm().weight(4);
			}
		}
		for (int variant = 0; variant < 2; variant++) {
			String suffix = SUFFIXES[variant];
			int prefix = PREFIXES[variant];
			add("MOVA" + suffix + " V,W", prefix, 0x28).size(16).aligned(16).modrm().weight(4);
			add("MOVA" + suffix + " W,V", prefix, 0x29).size(16).aligned(16).modrm().weight(4);
			add("MOVNT" + suffix + " M,V", prefix, 0x2B).size(16).aligned(16).modrm().memory().weight(3);
			add("MOVL" + suffix + " V,M", prefix, 0x12).size(8).modrm().memory().weight(3);
			add("MOVL" + suffix + " M,V", prefix, 0x13).size(8).modrm().memory().weight(3);
			add("MOVH" + suffix + " V,M", prefix, 0x16).size(8).modrm().memory().weight(3);
			add("MOVH" + suffix + " M,V", prefix, 0x17).size(8).modrm().memory().weight(3);
			add("MOVMSK" + suffix + " Gd,U", prefix, 0x50).modrm().register().weight(3);
		}
		add("MOVHLPS V,U", 0, 0x12).modrm().register().weight(3);
		add("MOVLHPS V,U", 0, 0x16).modrm().register().weight(3);
	}

	private void conversions() {
		add("CVTPI2PS V,Qq", 0, 0x2A).of(Element.INT32, Element.SINGLE).mmx().size(8).modrm().weight(6)
				.finish(SseForms::memoryWithoutMmx);
		add("CVTPI2PD V,Qq", 0x66, 0x2A).of(Element.INT32, Element.DOUBLE).mmx().size(8).modrm().weight(6)
				.finish(SseForms::memoryWithoutMmx);
		add("CVTSI2SS V,Ey", 0xF3, 0x2A).widths(32, 64).of(Element.INTEGER, Element.SINGLE).modrm().weight(8);
		add("CVTSI2SD V,Ey", 0xF2, 0x2A).widths(32, 64).of(Element.INTEGER, Element.DOUBLE).modrm().weight(8);
		for (int opcode = 0x2C; opcode <= 0x2D; opcode++) {
			String name = opcode == 0x2C ? "CVTT" : "CVT";
			add(name + "PS2PI Pq,W", 0, opcode).of(Element.SINGLE).mmx().size(8).modrm().weight(6);
			add(name + "PD2PI Pq,W", 0x66, opcode).of(Element.DOUBLE).mmx().size(16).aligned(16).modrm().weight(6);
			add(name + "SS2SI Gy,W", 0xF3, opcode).widths(32, 64).of(Element.SINGLE).size(4).modrm().weight(8);
			add(name + "SD2SI Gy,W", 0xF2, opcode).widths(32, 64).of(Element.DOUBLE).size(8).modrm().weight(8);
		}
		add("CVTPS2PD V,W", 0, 0x5A).of(Element.SINGLE).size(8).modrm().weight(8);
		add("CVTPD2PS V,W", 0x66, 0x5A).of(Element.DOUBLE).size(16).aligned(16).modrm().weight(8);
		add("CVTSS2SD V,W", 0xF3, 0x5A).of(Element.SINGLE).size(4).modrm().weight(8);
		add("CVTSD2SS V,W", 0xF2, 0x5A).of(Element.DOUBLE).size(8).modrm().weight(8);
		add("CVTDQ2PS V,W", 0, 0x5B).of(Element.INT32).size(16).aligned(16).modrm().weight(6);
		add("CVTPS2DQ V,W", 0x66, 0x5B).of(Element.SINGLE).size(16).aligned(16).modrm().weight(8);
		add("CVTTPS2DQ V,W", 0xF3, 0x5B).of(Element.SINGLE).size(16).aligned(16).modrm().weight(8);
		add("CVTTPD2DQ V,W", 0x66, 0xE6).of(Element.DOUBLE).size(16).aligned(16).modrm().weight(8);
		add("CVTDQ2PD V,W", 0xF3, 0xE6).of(Element.INT32).size(8).modrm().weight(6);
		add("CVTPD2DQ V,W", 0xF2, 0xE6).of(Element.DOUBLE).size(16).aligned(16).modrm().weight(8);
	}

	/** With a memory operand AMD neither checks nor changes the x87 state; Intel documents it so for CVTPI2PD only. */
	private static void memoryWithoutMmx(CaseBuilder b) {
		if (b.memoryOperand()) {
			final int errorSummary = 0x80BF;
			b.state().fsw &= ~errorSummary;
			b.test().unspecified.x87 = true;
		}
	}

	private void control() {
		add("LDMXCSR M", 0, 0xAE).size(4).digit(2).memory().plain().weight(5).finish(b -> {
			// Bit 17 exists on AMD only.
			b.poke(b.target(), b.prng.next() & (b.prng.chance(80) ? 0xFFFF : ~(1L << 17)), 4);
		});
		add("STMXCSR M", 0, 0xAE).size(4).digit(3).memory().plain().weight(4);
	}
}
