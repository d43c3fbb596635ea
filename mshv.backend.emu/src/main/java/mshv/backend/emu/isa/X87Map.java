package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Form.INVALID;
import static mshv.backend.emu.isa.Form.byMod;
import static mshv.backend.emu.isa.Form.byReg;
import static mshv.backend.emu.isa.Form.byRm;
import static mshv.backend.emu.isa.Form.of;

/**
 * The x87 opcodes D8 to DF (Intel SDM vol. 2, tables ).
 * Aliases that processors execute although undocumented are there under the name of what they do.
 */
final class X87Map {
	private static final Form NOP = of(Opcode.FNOP, "");

	private X87Map() {}

	/** Fills entries D8 to DF of the one-byte map. */
	static void addTo(Form[] map) {
		map[0xd8] = byMod(floatArithmetic("st0 Md"), floatArithmetic("st0 sti"));
		map[0xd9] = byMod(
			byReg(of(Opcode.FLD, "- Md"), INVALID, of(Opcode.FST, "Md"), of(Opcode.FSTP, "Md"), of(Opcode.FLDENV, "- Menv"),
				of(Opcode.FLDCW, "- Mw"), of(Opcode.FNSTENV, "Menv"), of(Opcode.FNSTCW, "Mw")),
			byReg(of(Opcode.FLD, "- sti"), of(Opcode.FXCH, "st0 sti"), only(0, NOP), of(Opcode.FSTP, "sti"),
				plain(Opcode.FCHS, Opcode.FABS, Opcode.INVALID, Opcode.INVALID, Opcode.FTST, Opcode.FXAM, Opcode.INVALID, Opcode.INVALID),
				plain(Opcode.FLD1, Opcode.FLDL2T, Opcode.FLDL2E, Opcode.FLDPI, Opcode.FLDLG2, Opcode.FLDLN2, Opcode.FLDZ, Opcode.INVALID),
				plain(Opcode.F2XM1, Opcode.FYL2X, Opcode.FPTAN, Opcode.FPATAN, Opcode.FXTRACT, Opcode.FPREM1, Opcode.FDECSTP,
					Opcode.FINCSTP),
				plain(Opcode.FPREM, Opcode.FYL2XP1, Opcode.FSQRT, Opcode.FSINCOS, Opcode.FRNDINT, Opcode.FSCALE, Opcode.FSIN,
					Opcode.FCOS)));
		map[0xda] = byMod(integerArithmetic("st0 Md"),
			byReg(move(2), move(4), move(6), move(10), INVALID, only(1, of(Opcode.FUCOMPP, "st0 st1")), INVALID, INVALID));
		map[0xdb] = byMod(
			byReg(of(Opcode.FILD, "- Md"), INVALID, of(Opcode.FIST, "Md"), of(Opcode.FISTP, "Md"), INVALID, of(Opcode.FLD, "- Mt"), INVALID,
				of(Opcode.FSTP, "Mt")),
			byReg(move(3), move(5), move(7), move(11),
				byRm(NOP, NOP, of(Opcode.FNCLEX, ""), of(Opcode.FNINIT, ""), NOP, INVALID, INVALID, INVALID),
				of(Opcode.FUCOMI, "st0 sti"), of(Opcode.FCOMI, "st0 sti"), INVALID));
		map[0xdc] = byMod(floatArithmetic("st0 Mq"),
			byReg(of(Opcode.FADD, "sti st0"), of(Opcode.FMUL, "sti st0"), of(Opcode.FCOM, "st0 sti"), of(Opcode.FCOMP, "st0 sti"),
				of(Opcode.FSUBR, "sti st0"), of(Opcode.FSUB, "sti st0"), of(Opcode.FDIVR, "sti st0"), of(Opcode.FDIV, "sti st0")));
		map[0xdd] = byMod(
			byReg(of(Opcode.FLD, "- Mq"), INVALID, of(Opcode.FST, "Mq"), of(Opcode.FSTP, "Mq"), of(Opcode.FRSTOR, "- Msave"), INVALID,
				of(Opcode.FNSAVE, "Msave"), of(Opcode.FNSTSW, "Mw")),
			byReg(of(Opcode.FFREE, "sti"), of(Opcode.FXCH, "st0 sti"), of(Opcode.FST, "sti"), of(Opcode.FSTP, "sti"),
				of(Opcode.FUCOM, "st0 sti"), of(Opcode.FUCOMP, "st0 sti"), INVALID, INVALID));
		map[0xde] = byMod(integerArithmetic("st0 Mw"),
			byReg(of(Opcode.FADDP, "sti st0"), of(Opcode.FMULP, "sti st0"), of(Opcode.FCOMP, "st0 sti"),
				only(1, of(Opcode.FCOMPP, "st0 st1")), of(Opcode.FSUBRP, "sti st0"), of(Opcode.FSUBP, "sti st0"),
				of(Opcode.FDIVRP, "sti st0"), of(Opcode.FDIVP, "sti st0")));
		map[0xdf] = byMod(
			byReg(of(Opcode.FILD, "- Mw"), INVALID, of(Opcode.FIST, "Mw"), of(Opcode.FISTP, "Mw"), of(Opcode.FBLD, "- Mt"),
				of(Opcode.FILD, "- Mq"), of(Opcode.FBSTP, "Mt"), of(Opcode.FISTP, "Mq")),
			byReg(of(Opcode.FFREEP, "sti"), of(Opcode.FXCH, "st0 sti"), of(Opcode.FSTP, "sti"), of(Opcode.FSTP, "sti"),
				only(0, of(Opcode.FNSTSW, "ax")), of(Opcode.FUCOMIP, "st0 sti"), of(Opcode.FCOMIP, "st0 sti"), INVALID));
		map[0x9b] = of(Opcode.FWAIT, "");
	}

	private static Form floatArithmetic(String notation) {
		return arithmetic(notation, Opcode.FADD, Opcode.FMUL, Opcode.FCOM, Opcode.FCOMP, Opcode.FSUB, Opcode.FSUBR, Opcode.FDIV,
			Opcode.FDIVR);
	}

	private static Form integerArithmetic(String notation) {
		return arithmetic(notation, Opcode.FIADD, Opcode.FIMUL, Opcode.FICOM, Opcode.FICOMP, Opcode.FISUB, Opcode.FISUBR, Opcode.FIDIV,
			Opcode.FIDIVR);
	}

	private static Form arithmetic(String notation, Opcode... eight) {
		Form[] forms = new Form[8];
		for (int i = 0; i < 8; i++) {
			forms[i] = of(eight[i], notation);
		}
		return byReg(forms);
	}

	private static Form plain(Opcode... eight) {
		Form[] forms = new Form[8];
		for (int i = 0; i < 8; i++) {
			forms[i] = eight[i] == Opcode.INVALID ? INVALID : of(eight[i], "");
		}
		return byRm(forms);
	}

	private static Form only(int rm, Form form) {
		Form[] forms = {INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, INVALID};
		forms[rm] = form;
		return byRm(forms);
	}

	private static Form move(int condition) {
		return of(Opcode.FCMOV, condition, "st0 sti");
	}
}
