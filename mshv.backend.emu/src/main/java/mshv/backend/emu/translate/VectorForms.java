package mshv.backend.emu.translate;

import java.util.EnumSet;
import java.util.Set;

import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Which SSE instructions have a translation of their own, and which XMM registers instructions use and change. Sets are bits. */
final class VectorForms {
	/** What reads and writes each element, or each half of the registers, alike: methods of {@link mshv.backend.emu.exec.sse.Lanes}. */
	private static final Set<Opcode> LANES = EnumSet.of(Opcode.PADDB, Opcode.PADDW, Opcode.PADDD, Opcode.PADDQ, Opcode.PSUBB, Opcode.PSUBW,
		Opcode.PSUBD, Opcode.PSUBQ, Opcode.PADDSB, Opcode.PADDSW, Opcode.PADDUSB, Opcode.PADDUSW, Opcode.PSUBSB, Opcode.PSUBSW,
		Opcode.PSUBUSB, Opcode.PSUBUSW, Opcode.PAVGB, Opcode.PAVGW, Opcode.PCMPEQB, Opcode.PCMPEQW, Opcode.PCMPEQD, Opcode.PCMPGTB,
		Opcode.PCMPGTW, Opcode.PCMPGTD, Opcode.PMAXSW, Opcode.PMINSW, Opcode.PMAXUB, Opcode.PMINUB, Opcode.PMULLW, Opcode.PMULHW,
		Opcode.PMULHUW, Opcode.PMULUDQ, Opcode.PMADDWD, Opcode.PSADBW);
	private static final Set<Opcode> SHIFTS = EnumSet.of(Opcode.PSLLW, Opcode.PSLLD, Opcode.PSLLQ, Opcode.PSRLW, Opcode.PSRLD,
		Opcode.PSRLQ, Opcode.PSRAW, Opcode.PSRAD);
	static final int ALL = 0xFFFF;

	private VectorForms() {}

	/** @return true if the instruction is one of SSE or SSE2 that is translated; MMX is left to handlers */
	static boolean isTranslated(Instruction i) {
		if (i.opcode.group() != Opcode.Group.SSE || i.destination == OperandKind.MMX || i.source == OperandKind.MMX
			|| i.hasMemory() && i.addressSize < 4) {
			return false;
		}
		return isLanes(i) || isShift(i) || switch (i.opcode) {
			case MOVAPS, MOVUPS, MOVAPD, MOVUPD, MOVDQA, MOVDQU, MOVNTPS, MOVNTPD, MOVNTDQ, MOVSS, MOVSD, MOVLPS, MOVHPS, MOVLPD, MOVHPD,
				MOVLHPS, MOVHLPS, MOVMSKPS, MOVMSKPD, PMOVMSKB, MOVD, MOVQ -> true;
			case PAND, ANDPS, ANDPD, PANDN, ANDNPS, ANDNPD, POR, ORPS, ORPD, PXOR, XORPS, XORPD -> true;
			case PUNPCKLBW, PUNPCKLWD, PUNPCKLDQ, PUNPCKHBW, PUNPCKHWD, PUNPCKHDQ, UNPCKLPS, UNPCKHPS, PUNPCKLQDQ, UNPCKLPD, PUNPCKHQDQ,
				UNPCKHPD, PACKSSWB, PACKUSWB, PACKSSDW, PSHUFD, PSHUFLW, PSHUFHW, SHUFPS, SHUFPD, PSLLDQ, PSRLDQ -> true;
			default -> isFloat(i);
		};
	}

	static boolean isLanes(Instruction i) {
		return LANES.contains(i.opcode);
	}

	/** @return true for a shift of elements by an immediate */
	static boolean isShift(Instruction i) {
		return SHIFTS.contains(i.opcode) && i.source == OperandKind.IMMEDIATE;
	}

	/** @return true for floating-point arithmetic, which may raise an exception whatever its operands are */
	static boolean isFloat(Instruction i) {
		return switch (i.opcode) {
			case ADDPS, ADDPD, ADDSS, ADDSD, SUBPS, SUBPD, SUBSS, SUBSD, MULPS, MULPD, MULSS, MULSD, DIVPS, DIVPD, DIVSS, DIVSD, MINPS,
				MINPD, MINSS, MINSD, MAXPS, MAXPD, MAXSS, MAXSD, SQRTPS, SQRTPD, SQRTSS, SQRTSD -> true;
			case CVTSI2SS, CVTSI2SD, CVTSS2SI, CVTTSS2SI, CVTSD2SI, CVTTSD2SI, CVTSS2SD, CVTSD2SS, COMISS, COMISD, UCOMISS, UCOMISD -> true;
			default -> false;
		};
	}

	private static int bit(OperandKind kind, int register) {
		return kind == OperandKind.XMM ? 1 << register : 0;
	}

	/** @return the registers that the translation or the handler uses or changes */
	static int mentioned(Instruction i) {
		return switch (i.opcode.group()) {
			case SSE -> bit(i.destination, i.destinationRegister) | bit(i.source, i.sourceRegister);
			case X87 -> i.opcode == Opcode.FXSAVE || i.opcode == Opcode.FXRSTOR ? ALL : 0;
			// A hypercall may use them
			case SYSTEM -> ALL;
			case INTEGER -> 0;
		};
	}

	/** @return the registers that the translation or the handler may change */
	static int changed(Instruction i) {
		return i.opcode.group() == Opcode.Group.SSE ? bit(i.destination, i.destinationRegister) : mentioned(i);
	}

	/** @return the registers that are named, so that it is worthwhile to have them in locals */
	static int named(Instruction i) {
		return i.opcode.group() == Opcode.Group.SSE ? mentioned(i) : 0;
	}
}
