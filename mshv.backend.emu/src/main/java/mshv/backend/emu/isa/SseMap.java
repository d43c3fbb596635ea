package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Form.INVALID;
import static mshv.backend.emu.isa.Form.byMod;
import static mshv.backend.emu.isa.Form.byPrefix;
import static mshv.backend.emu.isa.Form.byReg;
import static mshv.backend.emu.isa.Form.byRexW;
import static mshv.backend.emu.isa.Form.of;

/** The MMX, SSE and SSE2 entries of the opcode map behind 0F (Intel SDM vol. 2, table A-3). */
final class SseMap {
	private final Form[] map;

	private SseMap(Form[] map) {
		this.map = map;
	}

	/** Fills the vector entries of the two-byte map. */
	static void addTo(Form[] map) {
		SseMap result = new SseMap(map);
		result.floatMoves();
		result.floatArithmetic();
		result.conversions();
		result.integerMoves();
		result.integerArithmetic();
		result.shifts();
	}

	private void floatMoves() {
		map[0x10] = byPrefix(of(Opcode.MOVUPS, "Vps Wps"), of(Opcode.MOVUPD, "Vpd Wpd"), of(Opcode.MOVSS, "Vss Wss"),
			of(Opcode.MOVSD, "Vsd Wsd"));
		map[0x11] = byPrefix(of(Opcode.MOVUPS, "Wps Vps"), of(Opcode.MOVUPD, "Wpd Vpd"), of(Opcode.MOVSS, "Wss Vss"),
			of(Opcode.MOVSD, "Wsd Vsd"));
		map[0x12] = byPrefix(byMod(of(Opcode.MOVLPS, "Vq Mq"), of(Opcode.MOVHLPS, "Vq Uq")), of(Opcode.MOVLPD, "Vq Mq"), INVALID, INVALID);
		map[0x13] = byPrefix(of(Opcode.MOVLPS, "Mq Vq"), of(Opcode.MOVLPD, "Mq Vq"), INVALID, INVALID);
		map[0x16] = byPrefix(byMod(of(Opcode.MOVHPS, "Vq Mq"), of(Opcode.MOVLHPS, "Vq Uq")), of(Opcode.MOVHPD, "Vq Mq"), INVALID, INVALID);
		map[0x17] = byPrefix(of(Opcode.MOVHPS, "Mq Vq"), of(Opcode.MOVHPD, "Mq Vq"), INVALID, INVALID);
		map[0x28] = byPrefix(of(Opcode.MOVAPS, "Vps Wps"), of(Opcode.MOVAPD, "Vpd Wpd"), INVALID, INVALID);
		map[0x29] = byPrefix(of(Opcode.MOVAPS, "Wps Vps"), of(Opcode.MOVAPD, "Wpd Vpd"), INVALID, INVALID);
		map[0x2b] = byPrefix(of(Opcode.MOVNTPS, "Mps Vps"), of(Opcode.MOVNTPD, "Mpd Vpd"), INVALID, INVALID);
		map[0x50] = byPrefix(of(Opcode.MOVMSKPS, "Gd Ups"), of(Opcode.MOVMSKPD, "Gd Upd"), INVALID, INVALID);
	}

	private void floatArithmetic() {
		pair(0x14, Opcode.UNPCKLPS, Opcode.UNPCKLPD);
		pair(0x15, Opcode.UNPCKHPS, Opcode.UNPCKHPD);
		map[0x2e] = byPrefix(of(Opcode.UCOMISS, "Vss Wss"), of(Opcode.UCOMISD, "Vsd Wsd"), INVALID, INVALID);
		map[0x2f] = byPrefix(of(Opcode.COMISS, "Vss Wss"), of(Opcode.COMISD, "Vsd Wsd"), INVALID, INVALID);
		four(0x51, Opcode.SQRTPS, Opcode.SQRTPD, Opcode.SQRTSS, Opcode.SQRTSD);
		map[0x52] = byPrefix(of(Opcode.RSQRTPS, "Vps Wps"), INVALID, of(Opcode.RSQRTSS, "Vss Wss"), INVALID);
		map[0x53] = byPrefix(of(Opcode.RCPPS, "Vps Wps"), INVALID, of(Opcode.RCPSS, "Vss Wss"), INVALID);
		pair(0x54, Opcode.ANDPS, Opcode.ANDPD);
		pair(0x55, Opcode.ANDNPS, Opcode.ANDNPD);
		pair(0x56, Opcode.ORPS, Opcode.ORPD);
		pair(0x57, Opcode.XORPS, Opcode.XORPD);
		four(0x58, Opcode.ADDPS, Opcode.ADDPD, Opcode.ADDSS, Opcode.ADDSD);
		four(0x59, Opcode.MULPS, Opcode.MULPD, Opcode.MULSS, Opcode.MULSD);
		four(0x5c, Opcode.SUBPS, Opcode.SUBPD, Opcode.SUBSS, Opcode.SUBSD);
		four(0x5d, Opcode.MINPS, Opcode.MINPD, Opcode.MINSS, Opcode.MINSD);
		four(0x5e, Opcode.DIVPS, Opcode.DIVPD, Opcode.DIVSS, Opcode.DIVSD);
		four(0x5f, Opcode.MAXPS, Opcode.MAXPD, Opcode.MAXSS, Opcode.MAXSD);
		map[0xc2] = byPrefix(of(Opcode.CMPPS, "Vps Wps Iu"), of(Opcode.CMPPD, "Vpd Wpd Iu"), of(Opcode.CMPSS, "Vss Wss Iu"),
			of(Opcode.CMPSD, "Vsd Wsd Iu"));
		map[0xc6] = byPrefix(of(Opcode.SHUFPS, "Vps Wps Iu"), of(Opcode.SHUFPD, "Vpd Wpd Iu"), INVALID, INVALID);
	}

	private void pair(int code, Opcode single, Opcode twice) {
		map[code] = byPrefix(of(single, "Vps Wps"), of(twice, "Vpd Wpd"), INVALID, INVALID);
	}

	private void four(int code, Opcode packedSingle, Opcode packedDouble, Opcode scalarSingle, Opcode scalarDouble) {
		map[code] = byPrefix(of(packedSingle, "Vps Wps"), of(packedDouble, "Vpd Wpd"), of(scalarSingle, "Vss Wss"),
			of(scalarDouble, "Vsd Wsd"));
	}

	private void conversions() {
		map[0x2a] = byPrefix(of(Opcode.CVTPI2PS, "Vq Qq"), of(Opcode.CVTPI2PD, "Vpd Qq"), of(Opcode.CVTSI2SS, "Vss Ey"),
			of(Opcode.CVTSI2SD, "Vsd Ey"));
		map[0x2c] = byPrefix(of(Opcode.CVTTPS2PI, "Pq Wq"), of(Opcode.CVTTPD2PI, "Pq Wpd"), of(Opcode.CVTTSS2SI, "Gy Wss"),
			of(Opcode.CVTTSD2SI, "Gy Wsd"));
		map[0x2d] = byPrefix(of(Opcode.CVTPS2PI, "Pq Wq"), of(Opcode.CVTPD2PI, "Pq Wpd"), of(Opcode.CVTSS2SI, "Gy Wss"),
			of(Opcode.CVTSD2SI, "Gy Wsd"));
		map[0x5a] = byPrefix(of(Opcode.CVTPS2PD, "Vpd Wq"), of(Opcode.CVTPD2PS, "Vps Wpd"), of(Opcode.CVTSS2SD, "Vsd Wss"),
			of(Opcode.CVTSD2SS, "Vss Wsd"));
		map[0x5b] = byPrefix(of(Opcode.CVTDQ2PS, "Vps Wdq"), of(Opcode.CVTPS2DQ, "Vdq Wps"), of(Opcode.CVTTPS2DQ, "Vdq Wps"), INVALID);
		map[0xe6] = byPrefix(INVALID, of(Opcode.CVTTPD2DQ, "Vdq Wpd"), of(Opcode.CVTDQ2PD, "Vpd Wq"), of(Opcode.CVTPD2DQ, "Vdq Wpd"));
	}

	private void integerMoves() {
		map[0x6e] = byPrefix(byRexW(of(Opcode.MOVD, "Pd Ey"), of(Opcode.MOVQ, "Pq Ey")),
			byRexW(of(Opcode.MOVD, "Vd Ey"), of(Opcode.MOVQ, "Vq Ey")), INVALID, INVALID);
		map[0x7e] = byPrefix(byRexW(of(Opcode.MOVD, "Ey Pd"), of(Opcode.MOVQ, "Ey Pq")),
			byRexW(of(Opcode.MOVD, "Ey Vd"), of(Opcode.MOVQ, "Ey Vq")), of(Opcode.MOVQ, "Vq Wq"), INVALID);
		map[0x6f] = byPrefix(of(Opcode.MOVQ, "Pq Qq"), of(Opcode.MOVDQA, "Vdq Wdq"), of(Opcode.MOVDQU, "Vdq Wdq"), INVALID);
		map[0x7f] = byPrefix(of(Opcode.MOVQ, "Qq Pq"), of(Opcode.MOVDQA, "Wdq Vdq"), of(Opcode.MOVDQU, "Wdq Vdq"), INVALID);
		map[0x70] = byPrefix(of(Opcode.PSHUFW, "Pq Qq Iu"), of(Opcode.PSHUFD, "Vdq Wdq Iu"), of(Opcode.PSHUFHW, "Vdq Wdq Iu"),
			of(Opcode.PSHUFLW, "Vdq Wdq Iu"));
		map[0x77] = byPrefix(of(Opcode.EMMS, ""), INVALID, INVALID, INVALID);
		map[0xc4] = byPrefix(of(Opcode.PINSRW, "Pq Ew Iu"), of(Opcode.PINSRW, "Vdq Ew Iu"), INVALID, INVALID);
		map[0xc5] = byPrefix(of(Opcode.PEXTRW, "Gd Nq Iu"), of(Opcode.PEXTRW, "Gd Udq Iu"), INVALID, INVALID);
		map[0xd6] = byPrefix(INVALID, of(Opcode.MOVQ, "Wq Vq"), of(Opcode.MOVQ2DQ, "Vdq Nq"), of(Opcode.MOVDQ2Q, "Pq Uq"));
		map[0xd7] = byPrefix(of(Opcode.PMOVMSKB, "Gd Nq"), of(Opcode.PMOVMSKB, "Gd Udq"), INVALID, INVALID);
		map[0xe7] = byPrefix(of(Opcode.MOVNTQ, "Mq Pq"), of(Opcode.MOVNTDQ, "Mdq Vdq"), INVALID, INVALID);
		map[0xf7] = byPrefix(of(Opcode.MASKMOVQ, "Pq Nq"), of(Opcode.MASKMOVDQU, "Vdq Udq"), INVALID, INVALID);
	}

	private void integerArithmetic() {
		low(0x60, Opcode.PUNPCKLBW);
		low(0x61, Opcode.PUNPCKLWD);
		low(0x62, Opcode.PUNPCKLDQ);
		both(0x63, Opcode.PACKSSWB, Opcode.PCMPGTB, Opcode.PCMPGTW, Opcode.PCMPGTD, Opcode.PACKUSWB, Opcode.PUNPCKHBW, Opcode.PUNPCKHWD,
			Opcode.PUNPCKHDQ, Opcode.PACKSSDW);
		map[0x6c] = byPrefix(INVALID, of(Opcode.PUNPCKLQDQ, "Vdq Wdq"), INVALID, INVALID);
		map[0x6d] = byPrefix(INVALID, of(Opcode.PUNPCKHQDQ, "Vdq Wdq"), INVALID, INVALID);
		both(0x74, Opcode.PCMPEQB, Opcode.PCMPEQW, Opcode.PCMPEQD);
		both(0xd1, Opcode.PSRLW, Opcode.PSRLD, Opcode.PSRLQ, Opcode.PADDQ, Opcode.PMULLW);
		both(0xd8, Opcode.PSUBUSB, Opcode.PSUBUSW, Opcode.PMINUB, Opcode.PAND, Opcode.PADDUSB, Opcode.PADDUSW, Opcode.PMAXUB, Opcode.PANDN,
			Opcode.PAVGB, Opcode.PSRAW, Opcode.PSRAD, Opcode.PAVGW, Opcode.PMULHUW, Opcode.PMULHW);
		both(0xe8, Opcode.PSUBSB, Opcode.PSUBSW, Opcode.PMINSW, Opcode.POR, Opcode.PADDSB, Opcode.PADDSW, Opcode.PMAXSW, Opcode.PXOR);
		both(0xf1, Opcode.PSLLW, Opcode.PSLLD, Opcode.PSLLQ, Opcode.PMULUDQ, Opcode.PMADDWD, Opcode.PSADBW);
		both(0xf8, Opcode.PSUBB, Opcode.PSUBW, Opcode.PSUBD, Opcode.PSUBQ, Opcode.PADDB, Opcode.PADDW, Opcode.PADDD);
	}

	/** Consecutive opcodes with an MMX and an SSE2 form each. */
	private void both(int code, Opcode... opcodes) {
		for (int i = 0; i < opcodes.length; i++) {
			map[code + i] = byPrefix(of(opcodes[i], "Pq Qq"), of(opcodes[i], "Vdq Wdq"), INVALID, INVALID);
		}
	}

	/** The MMX form reads only four bytes of memory. */
	private void low(int code, Opcode opcode) {
		map[code] = byPrefix(of(opcode, "Pq Qd"), of(opcode, "Vdq Wdq"), INVALID, INVALID);
	}

	private void shifts() {
		map[0x71] = byReg(INVALID, INVALID, shift(Opcode.PSRLW), INVALID, shift(Opcode.PSRAW), INVALID, shift(Opcode.PSLLW), INVALID);
		map[0x72] = byReg(INVALID, INVALID, shift(Opcode.PSRLD), INVALID, shift(Opcode.PSRAD), INVALID, shift(Opcode.PSLLD), INVALID);
		map[0x73] = byReg(INVALID, INVALID, shift(Opcode.PSRLQ), byteShift(Opcode.PSRLDQ), INVALID, INVALID, shift(Opcode.PSLLQ),
			byteShift(Opcode.PSLLDQ));
	}

	private static Form shift(Opcode opcode) {
		return byPrefix(of(opcode, "Nq Iu"), of(opcode, "Udq Iu"), INVALID, INVALID);
	}

	private static Form byteShift(Opcode opcode) {
		return byPrefix(INVALID, of(opcode, "Udq Iu"), INVALID, INVALID);
	}
}
