package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Form.INVALID;
import static mshv.backend.emu.isa.Form.byMod;
import static mshv.backend.emu.isa.Form.byMode;
import static mshv.backend.emu.isa.Form.byPrefix;
import static mshv.backend.emu.isa.Form.byReg;
import static mshv.backend.emu.isa.Form.byRexW;
import static mshv.backend.emu.isa.Form.byRm;
import static mshv.backend.emu.isa.Form.of;

import java.util.Arrays;

/** The opcode map behind 0F (Intel SDM vol. 2, table A-3): integer and system instructions; the vector ones are in {@link SseMap}. */
final class TwoByteMap {
	private final Form[] map = new Form[256];

	private TwoByteMap() {
		Arrays.fill(map, INVALID);
	}

	/** @return 256 entries */
	static Form[] create() {
		TwoByteMap result = new TwoByteMap();
		result.system();
		result.hints();
		result.integer();
		result.state();
		SseMap.addTo(result.map);
		return result.map;
	}

	private void system() {
		map[0x00] = byReg(stored(Opcode.SLDT), stored(Opcode.STR), of(Opcode.LLDT, "Ew"), of(Opcode.LTR, "Ew"), of(Opcode.VERR, "Ew"),
			of(Opcode.VERW, "Ew"), INVALID, INVALID);
		map[0x01] = byMod(
			byReg(of(Opcode.SGDT, "Mg"), of(Opcode.SIDT, "Mg"), of(Opcode.LGDT, "Mg"), of(Opcode.LIDT, "Mg"), of(Opcode.SMSW, "Mw"),
				INVALID, of(Opcode.LMSW, "Mw"), of(Opcode.INVLPG, "Mb")),
			byReg(
				byRm(INVALID, of(Opcode.VMCALL, ""), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID),
				byRm(of(Opcode.MONITOR, ""), of(Opcode.MWAIT, ""), noPrefix(of(Opcode.CLAC, "")), noPrefix(of(Opcode.STAC, "")), INVALID,
					INVALID, INVALID, INVALID),
				byRm(noPrefix(of(Opcode.XGETBV, "")), noPrefix(of(Opcode.XSETBV, "")), INVALID, INVALID, INVALID, INVALID, INVALID,
					INVALID),
				byRm(INVALID, of(Opcode.VMMCALL, ""), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID),
				of(Opcode.SMSW, "Rv"),
				INVALID,
				of(Opcode.LMSW, "Rw"),
				byRm(byMode(INVALID, of(Opcode.SWAPGS, "")), of(Opcode.RDTSCP, ""), INVALID, INVALID, INVALID, INVALID, INVALID, INVALID)));
		map[0x02] = of(Opcode.LAR, "Gv Ew");
		map[0x03] = of(Opcode.LSL, "Gv Ew");
		map[0x05] = of(Opcode.SYSCALL, "-y");
		map[0x06] = of(Opcode.CLTS, "");
		map[0x07] = of(Opcode.SYSRET, "-y");
		map[0x08] = of(Opcode.INVD, "");
		map[0x09] = of(Opcode.WBINVD, "");
		map[0x20] = of(Opcode.MOV_FROM_CR, "Rm Cm");
		map[0x21] = of(Opcode.MOV_FROM_DR, "Rm Dm");
		map[0x22] = of(Opcode.MOV_TO_CR, "Cm Rm");
		map[0x23] = of(Opcode.MOV_TO_DR, "Dm Rm");
		map[0x30] = of(Opcode.WRMSR, "");
		map[0x31] = of(Opcode.RDTSC, "");
		map[0x32] = of(Opcode.RDMSR, "");
		map[0x33] = of(Opcode.RDPMC, "");
		map[0x34] = of(Opcode.SYSENTER, "-y");
		map[0x35] = of(Opcode.SYSEXIT, "-y");
		map[0xa0] = of(Opcode.PUSH_SEG, "fs d64");
		map[0xa1] = of(Opcode.POP_SEG, "fs d64");
		map[0xa2] = of(Opcode.CPUID, "");
		map[0xa8] = of(Opcode.PUSH_SEG, "gs d64");
		map[0xa9] = of(Opcode.POP_SEG, "gs d64");
		map[0xaa] = of(Opcode.RSM, "");
		map[0xb2] = of(Opcode.LSS, "Gv Mp");
		map[0xb4] = of(Opcode.LFS, "Gv Mp");
		map[0xb5] = of(Opcode.LGS, "Gv Mp");
	}

	/** A selector or the machine status word, stored as 16 bits in memory and zero-extended in a register. */
	private static Form stored(Opcode opcode) {
		return byMod(of(opcode, "Mw"), of(opcode, "Rv"));
	}

	private static Form noPrefix(Form form) {
		return byPrefix(form, INVALID, INVALID, INVALID);
	}

	private void hints() {
		Form nop = of(Opcode.NOP, "Ev");
		Form prefetch = of(Opcode.PREFETCH, "Mb");
		map[0x0d] = byMod(prefetch, nop);
		map[0x18] = byMod(byReg(prefetch, prefetch, prefetch, prefetch, nop, nop, nop, nop), nop);
		Arrays.fill(map, 0x19, 0x20, nop);
	}

	private void integer() {
		for (int i = 0; i < 16; i++) {
			map[0x40 + i] = of(Opcode.CMOVCC, i, "Gv Ev");
			map[0x80 + i] = of(Opcode.JCC, i, "-v Jz f64");
			map[0x90 + i] = of(Opcode.SETCC, i, "Eb");
		}
		map[0xa3] = of(Opcode.BT, "Ev Gv");
		map[0xa4] = of(Opcode.SHLD, "Ev Gv Iu");
		map[0xa5] = of(Opcode.SHLD, "Ev Gv");
		map[0xab] = of(Opcode.BTS, "Ev Gv lock");
		map[0xac] = of(Opcode.SHRD, "Ev Gv Iu");
		map[0xad] = of(Opcode.SHRD, "Ev Gv");
		map[0xaf] = of(Opcode.IMUL, "Gv Ev");
		map[0xb0] = of(Opcode.CMPXCHG, "Eb Gb lock");
		map[0xb1] = of(Opcode.CMPXCHG, "Ev Gv lock");
		map[0xb3] = of(Opcode.BTR, "Ev Gv lock");
		map[0xb6] = of(Opcode.MOVZX, "Gv Eb");
		map[0xb7] = of(Opcode.MOVZX, "Gv Ew");
		map[0xb8] = byPrefix(INVALID, INVALID, of(Opcode.POPCNT, "Gv Ev"), INVALID);
		map[0xba] = byReg(INVALID, INVALID, INVALID, INVALID, of(Opcode.BT, "Ev Iu"), of(Opcode.BTS, "Ev Iu lock"),
			of(Opcode.BTR, "Ev Iu lock"), of(Opcode.BTC, "Ev Iu lock"));
		map[0xbb] = of(Opcode.BTC, "Ev Gv lock");
		map[0xbc] = of(Opcode.BSF, "Gv Ev");
		map[0xbd] = of(Opcode.BSR, "Gv Ev");
		map[0xbe] = of(Opcode.MOVSX, "Gv Eb");
		map[0xbf] = of(Opcode.MOVSX, "Gv Ew");
		map[0xc0] = of(Opcode.XADD, "Eb Gb lock");
		map[0xc1] = of(Opcode.XADD, "Ev Gv lock");
		map[0xc3] = noPrefix(of(Opcode.MOVNTI, "My Gy"));
		map[0xc7] = byReg(INVALID, byRexW(of(Opcode.CMPXCHG8B, "Mq lock"), of(Opcode.CMPXCHG16B, "Mdq lock")), INVALID, INVALID, INVALID,
			INVALID, INVALID, INVALID);
		for (int i = 0; i < 8; i++) {
			map[0xc8 + i] = of(Opcode.BSWAP, "Zv");
		}
	}

	private void state() {
		Form memory = byReg(of(Opcode.FXSAVE, "Mfx"), of(Opcode.FXRSTOR, "- Mfx"), of(Opcode.LDMXCSR, "- Md"), of(Opcode.STMXCSR, "Md"),
			INVALID, INVALID, INVALID, of(Opcode.CLFLUSH, "Mb"));
		Form fences = byReg(INVALID, INVALID, INVALID, INVALID, INVALID, of(Opcode.LFENCE, ""), of(Opcode.MFENCE, ""),
			of(Opcode.SFENCE, ""));
		Form bases = byReg(of(Opcode.RDFSBASE, "Ry"), of(Opcode.RDGSBASE, "Ry"), of(Opcode.WRFSBASE, "Ry"), of(Opcode.WRGSBASE, "Ry"),
			INVALID, INVALID, INVALID, INVALID);
		map[0xae] = byMod(noPrefix(memory), byPrefix(fences, INVALID, byMode(INVALID, bases), INVALID));
	}
}
