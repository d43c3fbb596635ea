package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;
import mshv.backend.emu.vectors.Form.Immediate;

/** Integer SIMD instructions: those of MMX registers and their SSE2 twins of XMM registers. */
final class MmxForms {
	private static final int SSE2 = 0x66;

	private final List<Form> forms = new ArrayList<>();

	private MmxForms() {
	}

	static List<Form> forms() {
		MmxForms all = new MmxForms();
		all.twins();
		all.shifts();
		all.shuffles();
		all.moves();
		return all.forms;
	}

	private Form add(String name, int... opcode) {
		Form form = new Form(name, opcode);
		forms.add(form);
		return form;
	}

	private Form mmx(String name, int opcode) {
		return add(name + " Pq,Qq", 0x0F, opcode).mmx().size(8).modrm().weight(4);
	}

	private Form sse(String name, int opcode) {
		return add(name + " Vdq,Wdq", 0x0F, opcode).mandatory(SSE2).size(16).aligned(16).modrm().weight(4);
	}

	private void twins() {
		String[] low = {"PUNPCKLBW", "PUNPCKLWD", "PUNPCKLDQ"};
		for (int i = 0; i < 3; i++) {
			// Processors differ in how much of the memory operand they read.
			add(low[i] + " Pq,Qd", 0x0F, 0x60 + i).mmx().size(4).modrm().mapped().weight(4);
			sse(low[i], 0x60 + i);
		}
		sse("PUNPCKLQDQ", 0x6C);
		sse("PUNPCKHQDQ", 0x6D);
		String names = "63 PACKSSWB 64 PCMPGTB 65 PCMPGTW 66 PCMPGTD 67 PACKUSWB 68 PUNPCKHBW 69 PUNPCKHWD 6A PUNPCKHDQ 6B PACKSSDW "
				+ "74 PCMPEQB 75 PCMPEQW 76 PCMPEQD D1 PSRLW D2 PSRLD D3 PSRLQ D4 PADDQ D5 PMULLW D8 PSUBUSB D9 PSUBUSW DA PMINUB DB PAND "
				+ "DC PADDUSB DD PADDUSW DE PMAXUB DF PANDN E0 PAVGB E1 PSRAW E2 PSRAD E3 PAVGW E4 PMULHUW E5 PMULHW E8 PSUBSB E9 PSUBSW "
				+ "EA PMINSW EB POR EC PADDSB ED PADDSW EE PMAXSW EF PXOR F1 PSLLW F2 PSLLD F3 PSLLQ F4 PMULUDQ F5 PMADDWD F6 PSADBW "
				+ "F8 PSUBB F9 PSUBW FA PSUBD FB PSUBQ FC PADDB FD PADDW FE PADDD";
		String[] words = names.split(" ");
		for (int i = 0; i < words.length; i += 2) {
			int opcode = Integer.parseInt(words[i], 16);
			mmx(words[i + 1], opcode);
			sse(words[i + 1], opcode);
		}
	}

	private void shifts() {
		int[][] shifts = {{0x71, 2}, {0x71, 4}, {0x71, 6}, {0x72, 2}, {0x72, 4}, {0x72, 6}, {0x73, 2}, {0x73, 6}};
		String[] names = {"PSRLW", "PSRAW", "PSLLW", "PSRLD", "PSRAD", "PSLLD", "PSRLQ", "PSLLQ"};
		for (int i = 0; i < shifts.length; i++) {
			Form mmx = add(names[i] + " Nq,Ib", 0x0F, shifts[i][0]).mmx();
			mmx.digit(shifts[i][1]).register().immediate(Immediate.BYTE).weight(4).finish(MmxForms::count);
			Form sse = add(names[i] + " Udq,Ib", 0x0F, shifts[i][0]).mandatory(SSE2);
			sse.digit(shifts[i][1]).register().immediate(Immediate.BYTE).weight(4).finish(MmxForms::count);
		}
		for (int digit : new int[] {3, 7}) {
			Form bytes = add((digit == 3 ? "PSRLDQ" : "PSLLDQ") + " Udq,Ib", 0x0F, 0x73).mandatory(SSE2);
			bytes.digit(digit).register().immediate(Immediate.BYTE).weight(4).finish(MmxForms::count);
		}
		// Variable counts that are in range come up too seldom by themselves.
		int[] opcodes = {0xD1, 0xD2, 0xD3, 0xE1, 0xE2, 0xF1, 0xF2, 0xF3};
		for (int opcode : opcodes) {
			add("shift%02X Pq,Qq".formatted(opcode), 0x0F, opcode).mmx().size(8).modrm().weight(2).finish(MmxForms::variableCount);
			add("shift%02X Vdq,Wdq".formatted(opcode), 0x0F, opcode).mandatory(SSE2).size(16).aligned(16).modrm().weight(2)
					.finish(MmxForms::variableCount);
		}
	}

	private static void count(CaseBuilder b) {
		if (b.prng.chance(75)) {
			b.immediate(b.prng.below(66));
		}
	}

	private static void variableCount(CaseBuilder b) {
		long count = b.prng.below(66);
		CpuState s = b.state();
		if (b.memoryOperand()) {
			b.poke(b.target(), count, 8);
		} else if (b.form().mmx) {
			s.significand[(b.rm() & 7) - (s.fsw >> 11) & 7] = count;
		} else {
			s.xmm[2 * b.rm()] = count;
		}
	}

	private void shuffles() {
		add("PSHUFW Pq,Qq,Ib", 0x0F, 0x70).mmx().size(8).modrm().immediate(Immediate.BYTE).weight(5);
		add("PSHUFD Vdq,Wdq,Ib", 0x0F, 0x70).mandatory(SSE2).size(16).aligned(16).modrm().immediate(Immediate.BYTE).weight(5);
		add("PSHUFHW Vdq,Wdq,Ib", 0x0F, 0x70).mandatory(0xF3).size(16).aligned(16).modrm().immediate(Immediate.BYTE).weight(5);
		add("PSHUFLW Vdq,Wdq,Ib", 0x0F, 0x70).mandatory(0xF2).size(16).aligned(16).modrm().immediate(Immediate.BYTE).weight(5);
		add("PINSRW Pq,Ew,Ib", 0x0F, 0xC4).mmx().size(2).modrm().immediate(Immediate.BYTE).weight(4);
		add("PINSRW Vdq,Ew,Ib", 0x0F, 0xC4).mandatory(SSE2).size(2).modrm().immediate(Immediate.BYTE).weight(4);
		add("PEXTRW Gd,Nq,Ib", 0x0F, 0xC5).mmx().modrm().register().immediate(Immediate.BYTE).weight(4);
		add("PEXTRW Gd,Udq,Ib", 0x0F, 0xC5).mandatory(SSE2).modrm().register().immediate(Immediate.BYTE).weight(4);
		add("PMOVMSKB Gd,Nq", 0x0F, 0xD7).mmx().modrm().register().weight(4);
		add("PMOVMSKB Gd,Udq", 0x0F, 0xD7).mandatory(SSE2).modrm().register().weight(4);
		add("MASKMOVQ Pq,Nq", 0x0F, 0xF7).mmx().modrm().register().mapped().implicitMemory().weight(6)
				.finish(b -> b.pointer(CaseBuilder.RDI, b.place(8, 1), true));
		add("MASKMOVDQU Vdq,Udq", 0x0F, 0xF7).mandatory(SSE2).modrm().register().mapped().implicitMemory().weight(6)
				.finish(b -> b.pointer(CaseBuilder.RDI, b.place(16, 1), true));
	}

	private void moves() {
		add("MOVD Pq,Ey", 0x0F, 0x6E).mmx().widths(32, 64).modrm().weight(5);
		add("MOVD Ey,Pq", 0x0F, 0x7E).mmx().widths(32, 64).modrm().weight(5);
		add("MOVD Vdq,Ey", 0x0F, 0x6E).mandatory(SSE2).widths(32, 64).modrm().weight(5);
		add("MOVD Ey,Vdq", 0x0F, 0x7E).mandatory(SSE2).widths(32, 64).modrm().weight(5);
		mmx("MOVQ", 0x6F);
		add("MOVQ Qq,Pq", 0x0F, 0x7F).mmx().size(8).modrm().weight(4);
		sse("MOVDQA", 0x6F);
		add("MOVDQA Wdq,Vdq", 0x0F, 0x7F).mandatory(SSE2).size(16).aligned(16).modrm().weight(4);
		add("MOVDQU Vdq,Wdq", 0x0F, 0x6F).mandatory(0xF3).size(16).modrm().weight(5);
		add("MOVDQU Wdq,Vdq", 0x0F, 0x7F).mandatory(0xF3).size(16).modrm().weight(5);
		add("MOVQ Vq,Wq", 0x0F, 0x7E).mandatory(0xF3).size(8).modrm().weight(5);
		add("MOVQ Wq,Vq", 0x0F, 0xD6).mandatory(SSE2).size(8).modrm().weight(5);
		add("MOVDQ2Q Pq,Udq", 0x0F, 0xD6).mandatory(0xF2).mmx().modrm().register().weight(4);
		add("MOVQ2DQ Vdq,Nq", 0x0F, 0xD6).mandatory(0xF3).mmx().modrm().register().weight(4);
		add("MOVNTQ Mq,Pq", 0x0F, 0xE7).mmx().size(8).modrm().memory().weight(4);
		add("MOVNTDQ Mdq,Vdq", 0x0F, 0xE7).mandatory(SSE2).size(16).aligned(16).modrm().memory().weight(4);
		add("EMMS", 0x0F, 0x77).x87().weight(3);
	}
}
