package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Form.INVALID;
import static mshv.backend.emu.isa.Form.byMod;
import static mshv.backend.emu.isa.Form.byReg;
import static mshv.backend.emu.isa.Form.of;

import java.util.Arrays;

/** The one-byte opcode map (Intel SDM vol. 2, table A-2), for 64-bit code or for the rest. */
final class OneByteMap {
	private static final Opcode[] ARITHMETIC =
		{Opcode.ADD, Opcode.OR, Opcode.ADC, Opcode.SBB, Opcode.AND, Opcode.SUB, Opcode.XOR, Opcode.CMP};
	/** The sixth is undocumented, an alias of SHL. */
	private static final Opcode[] SHIFTS =
		{Opcode.ROL, Opcode.ROR, Opcode.RCL, Opcode.RCR, Opcode.SHL, Opcode.SHR, Opcode.SHL, Opcode.SAR};
	private static final String[] SEGMENTS = {"es", "cs", "ss", "ds"};

	private final Form[] map = new Form[256];

	private OneByteMap() {
		Arrays.fill(map, INVALID);
	}

	/** @param longMode true for 64-bit mode
	 * @return 256 entries */
	static Form[] create(boolean longMode) {
		OneByteMap result = new OneByteMap();
		result.arithmetic();
		result.moves();
		result.stackAndStrings();
		result.control();
		result.groups();
		X87Map.addTo(result.map);
		if (longMode) {
			result.only64Bit();
		} else {
			result.notIn64Bit();
		}
		result.prefixes(longMode);
		return result.map;
	}

	private void arithmetic() {
		for (int i = 0; i < 8; i++) {
			String lock = ARITHMETIC[i] == Opcode.CMP ? "" : " lock";
			accumulatorForms(8 * i, ARITHMETIC[i], lock);
		}
		map[0x69] = of(Opcode.IMUL, "Gv Ev Iz");
		map[0x6b] = of(Opcode.IMUL, "Gv Ev Ib");
		map[0x84] = of(Opcode.TEST, "Eb Gb");
		map[0x85] = of(Opcode.TEST, "Ev Gv");
		map[0xa8] = of(Opcode.TEST, "al Ib");
		map[0xa9] = of(Opcode.TEST, "rax Iz");
		map[0x98] = of(Opcode.CBW, "-v");
		map[0x99] = of(Opcode.CWD, "-v");
		map[0x9e] = of(Opcode.SAHF, "-b");
		map[0x9f] = of(Opcode.LAHF, "-b");
		map[0xf5] = of(Opcode.CMC, "");
		map[0xf8] = of(Opcode.CLC, "");
		map[0xf9] = of(Opcode.STC, "");
		map[0xfc] = of(Opcode.CLD, "");
		map[0xfd] = of(Opcode.STD, "");
	}

	private void accumulatorForms(int code, Opcode opcode, String lock) {
		map[code] = of(opcode, "Eb Gb" + lock);
		map[code + 1] = of(opcode, "Ev Gv" + lock);
		map[code + 2] = of(opcode, "Gb Eb");
		map[code + 3] = of(opcode, "Gv Ev");
		map[code + 4] = of(opcode, "al Ib");
		map[code + 5] = of(opcode, "rax Iz");
	}

	private void moves() {
		map[0x86] = of(Opcode.XCHG, "Eb Gb lock");
		map[0x87] = of(Opcode.XCHG, "Ev Gv lock");
		map[0x88] = of(Opcode.MOV, "Eb Gb");
		map[0x89] = of(Opcode.MOV, "Ev Gv");
		map[0x8a] = of(Opcode.MOV, "Gb Eb");
		map[0x8b] = of(Opcode.MOV, "Gv Ev");
		map[0x8c] = byMod(of(Opcode.MOV_FROM_SEG, "Mw Sw"), of(Opcode.MOV_FROM_SEG, "Rv Sw"));
		map[0x8d] = of(Opcode.LEA, "Gv Mv");
		map[0x8e] = of(Opcode.MOV_TO_SEG, "Sw Ew");
		map[0x90] = Form.byRexB(
			Form.byPrefix(of(Opcode.NOP, "-v"), of(Opcode.NOP, "-v"), of(Opcode.PAUSE, "-v"), of(Opcode.NOP, "-v")),
			of(Opcode.XCHG, "Zv rax"));
		for (int i = 0; i < 8; i++) {
			if (i != 0) {
				map[0x90 + i] = of(Opcode.XCHG, "Zv rax");
			}
			map[0xb0 + i] = of(Opcode.MOV, "Zb Ib");
			map[0xb8 + i] = of(Opcode.MOV, "Zv Iv");
		}
		map[0xa0] = of(Opcode.MOV, "al Ob");
		map[0xa1] = of(Opcode.MOV, "rax Ov");
		map[0xa2] = of(Opcode.MOV, "Ob al");
		map[0xa3] = of(Opcode.MOV, "Ov rax");
		map[0xc6] = byReg(of(Opcode.MOV, "Eb Ib"), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, INVALID);
		map[0xc7] = byReg(of(Opcode.MOV, "Ev Iz"), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, INVALID);
		map[0xd7] = of(Opcode.XLAT, "-b");
	}

	private void stackAndStrings() {
		for (int i = 0; i < 8; i++) {
			map[0x50 + i] = of(Opcode.PUSH, "Zv d64");
			map[0x58 + i] = of(Opcode.POP, "Zv d64");
		}
		map[0x68] = of(Opcode.PUSH, "Iz d64");
		map[0x6a] = of(Opcode.PUSH, "Ib d64");
		map[0x8f] = byReg(of(Opcode.POP, "Ev d64"), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, INVALID);
		map[0x9c] = of(Opcode.PUSHF, "-v d64");
		map[0x9d] = of(Opcode.POPF, "-v d64");
		map[0xc8] = of(Opcode.ENTER, "-v Lw d64");
		map[0xc9] = of(Opcode.LEAVE, "-v d64");
		byteAndFull(0x6c, Opcode.INS, "-b rep", "-z rep");
		byteAndFull(0x6e, Opcode.OUTS, "-b rep", "-z rep");
		byteAndFull(0xa4, Opcode.MOVS, "-b rep", "-v rep");
		byteAndFull(0xa6, Opcode.CMPS, "-b rep", "-v rep");
		byteAndFull(0xaa, Opcode.STOS, "-b rep", "-v rep");
		byteAndFull(0xac, Opcode.LODS, "-b rep", "-v rep");
		byteAndFull(0xae, Opcode.SCAS, "-b rep", "-v rep");
		byteAndFull(0xe4, Opcode.IN, "al Iu", "eax Iu");
		byteAndFull(0xe6, Opcode.OUT, "Iu al", "Iu eax");
		byteAndFull(0xec, Opcode.IN, "al dx", "eax dx");
		byteAndFull(0xee, Opcode.OUT, "dx al", "dx eax");
	}

	private void byteAndFull(int code, Opcode opcode, String byteNotation, String fullNotation) {
		map[code] = of(opcode, byteNotation);
		map[code + 1] = of(opcode, fullNotation);
	}

	private void control() {
		map[0x0f] = Form.twoByte();
		for (int i = 0; i < 16; i++) {
			map[0x70 + i] = of(Opcode.JCC, i, "-v Jb f64");
		}
		map[0xc2] = of(Opcode.RET, "-v Iw f64");
		map[0xc3] = of(Opcode.RET, "-v f64");
		map[0xca] = of(Opcode.RET_FAR, "-v Iw");
		map[0xcb] = of(Opcode.RET_FAR, "-v");
		map[0xcc] = of(Opcode.INT3, "-v");
		map[0xcd] = of(Opcode.INT, "-v Iu");
		map[0xcf] = of(Opcode.IRET, "-v");
		map[0xe0] = of(Opcode.LOOPNE, "-v Jb f64");
		map[0xe1] = of(Opcode.LOOPE, "-v Jb f64");
		map[0xe2] = of(Opcode.LOOP, "-v Jb f64");
		map[0xe3] = of(Opcode.JCXZ, "-v Jb f64");
		map[0xe8] = of(Opcode.CALL, "-v Jz f64");
		map[0xe9] = of(Opcode.JMP, "-v Jz f64");
		map[0xeb] = of(Opcode.JMP, "-v Jb f64");
		map[0xf1] = of(Opcode.INT1, "-v");
		map[0xf4] = of(Opcode.HLT, "");
		map[0xfa] = of(Opcode.CLI, "");
		map[0xfb] = of(Opcode.STI, "");
	}

	private void groups() {
		map[0x80] = arithmeticGroup("Eb Ib");
		map[0x81] = arithmeticGroup("Ev Iz");
		map[0x83] = arithmeticGroup("Ev Ib");
		map[0xc0] = shiftGroup("Eb Iu");
		map[0xc1] = shiftGroup("Ev Iu");
		map[0xd0] = shiftGroup("Eb 1");
		map[0xd1] = shiftGroup("Ev 1");
		map[0xd2] = shiftGroup("Eb cl");
		map[0xd3] = shiftGroup("Ev cl");
		map[0xf6] = unaryGroup("Eb", "Eb Ib");
		map[0xf7] = unaryGroup("Ev", "Ev Iz");
		map[0xfe] = byReg(of(Opcode.INC, "Eb lock"), of(Opcode.DEC, "Eb lock"), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID);
		map[0xff] = byReg(of(Opcode.INC, "Ev lock"), of(Opcode.DEC, "Ev lock"), of(Opcode.CALL_INDIRECT, "Ev f64"),
			of(Opcode.CALL_FAR, "Mp"), of(Opcode.JMP_INDIRECT, "Ev f64"), of(Opcode.JMP_FAR, "Mp"), of(Opcode.PUSH, "Ev d64"), INVALID);
	}

	private static Form arithmeticGroup(String notation) {
		Form[] forms = new Form[8];
		for (int i = 0; i < 8; i++) {
			forms[i] = of(ARITHMETIC[i], ARITHMETIC[i] == Opcode.CMP ? notation : notation + " lock");
		}
		return byReg(forms);
	}

	private static Form shiftGroup(String notation) {
		Form[] forms = new Form[8];
		for (int i = 0; i < 8; i++) {
			forms[i] = of(SHIFTS[i], notation);
		}
		return byReg(forms);
	}

	/** The second TEST is undocumented. */
	private static Form unaryGroup(String operand, String test) {
		return byReg(of(Opcode.TEST, test), of(Opcode.TEST, test), of(Opcode.NOT, operand + " lock"), of(Opcode.NEG, operand + " lock"),
			of(Opcode.MUL, operand), of(Opcode.IMUL1, operand), of(Opcode.DIV, operand), of(Opcode.IDIV, operand));
	}

	private void only64Bit() {
		map[0x63] = of(Opcode.MOVSX, "Gv Ez");
	}

	private void notIn64Bit() {
		for (int i = 0; i < 4; i++) {
			map[0x06 + 8 * i] = of(Opcode.PUSH_SEG, SEGMENTS[i]);
			if (i != 1) {
				map[0x07 + 8 * i] = of(Opcode.POP_SEG, SEGMENTS[i]);
			}
		}
		map[0x27] = of(Opcode.DAA, "-b");
		map[0x2f] = of(Opcode.DAS, "-b");
		map[0x37] = of(Opcode.AAA, "-b");
		map[0x3f] = of(Opcode.AAS, "-b");
		for (int i = 0; i < 8; i++) {
			map[0x40 + i] = of(Opcode.INC, "Zv");
			map[0x48 + i] = of(Opcode.DEC, "Zv");
		}
		map[0x60] = of(Opcode.PUSHA, "-v");
		map[0x61] = of(Opcode.POPA, "-v");
		map[0x62] = of(Opcode.BOUND, "Gv Mv");
		map[0x63] = of(Opcode.ARPL, "Ew Gw");
		map[0x82] = map[0x80];
		map[0x9a] = of(Opcode.CALL_FAR, "-v Ap");
		map[0xc4] = of(Opcode.LES, "Gv Mp");
		map[0xc5] = of(Opcode.LDS, "Gv Mp");
		map[0xce] = of(Opcode.INTO, "-v");
		map[0xd4] = of(Opcode.AAM, "-b Iu");
		map[0xd5] = of(Opcode.AAD, "-b Iu");
		map[0xd6] = of(Opcode.SALC, "-b");
		map[0xea] = of(Opcode.JMP_FAR, "-v Ap");
	}

	private void prefixes(boolean longMode) {
		for (int i = 0; i < 4; i++) {
			map[0x26 + 8 * i] = Form.prefix(longMode ? Form.PREFIX_IGNORED : Form.PREFIX_SEGMENT + i);
		}
		map[0x64] = Form.prefix(Form.PREFIX_SEGMENT + 4);
		map[0x65] = Form.prefix(Form.PREFIX_SEGMENT + 5);
		map[0x66] = Form.prefix(Form.PREFIX_OPERAND_SIZE);
		map[0x67] = Form.prefix(Form.PREFIX_ADDRESS_SIZE);
		map[0xf0] = Form.prefix(Form.PREFIX_LOCK);
		map[0xf2] = Form.prefix(Form.PREFIX_REPEAT_NOT);
		map[0xf3] = Form.prefix(Form.PREFIX_REPEAT);
		if (longMode) {
			Form rex = Form.prefix(Form.PREFIX_REX);
			Arrays.fill(map, 0x40, 0x50, rex);
		}
	}
}
