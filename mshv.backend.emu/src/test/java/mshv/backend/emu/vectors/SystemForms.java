package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mshv.backend.emu.vectors.Form.Immediate;

/** Privileged instructions at CPL 3, undefined opcodes, segment registers and INT3. */
final class SystemForms {
	private static final int LOCK = 0xF0;

	private final List<Form> forms = new ArrayList<>();

	private SystemForms() {
	}

	static List<Form> forms() {
		SystemForms all = new SystemForms();
		all.privileged();
		all.segments();
		all.undefined();
		all.lockMisuse();
		all.tooLong();
		return all.forms;
	}

	private Form add(String name, int... opcode) {
		Form form = new Form(name, opcode).plain();
		forms.add(form);
		return form;
	}

	private void privileged() {
		add("HLT", 0xF4);
		add("CLI", 0xFA);
		add("STI", 0xFB);
		add("IN AL,Ib", 0xE4).immediate(Immediate.BYTE);
		add("IN eAX,Ib", 0xE5).immediate(Immediate.BYTE);
		add("OUT Ib,AL", 0xE6).immediate(Immediate.BYTE);
		add("OUT Ib,eAX", 0xE7).immediate(Immediate.BYTE);
		add("IN AL,DX", 0xEC);
		add("IN eAX,DX", 0xED).widths(16, 32);
		add("OUT DX,AL", 0xEE);
		add("OUT DX,eAX", 0xEF).widths(16, 32);
		for (int i = 0; i < 4; i++) {
			add(i < 2 ? "INS" : "OUTS", 0x6C + i).finish(b -> {
				b.pointer(CaseBuilder.RSI, AddressSpace.DATA_LOW, false);
				b.pointer(CaseBuilder.RDI, AddressSpace.DATA_LOW, false);
			});
		}
		add("CLTS", 0x0F, 0x06);
		add("INVD", 0x0F, 0x08);
		add("WBINVD", 0x0F, 0x09);
		add("WRMSR", 0x0F, 0x30);
		add("RDMSR", 0x0F, 0x32);
		add("SWAPGS", 0x0F, 0x01, 0xF8);
		for (int register : new int[] {0, 1, 2, 3, 4, 5}) {
			add("MOV Rd,CR" + register, 0x0F, 0x20).digit(register).register().whole();
			add("MOV CR" + register + ",Rd", 0x0F, 0x22).digit(register).register().whole();
		}
		for (int register : new int[] {0, 3, 6, 7}) {
			add("MOV Rd,DR" + register, 0x0F, 0x21).digit(register).register();
			add("MOV DR" + register + ",Rd", 0x0F, 0x23).digit(register).register();
		}
		add("LLDT Ew", 0x0F, 0x00).widths(16).digit(2).mapped();
		add("LTR Ew", 0x0F, 0x00).widths(16).digit(3).mapped();
		add("LGDT M", 0x0F, 0x01).size(10).digit(2).memory().mapped();
		add("LIDT M", 0x0F, 0x01).size(10).digit(3).memory().mapped();
		add("LMSW Ew", 0x0F, 0x01).size(2).digit(6).mapped();
		add("INVLPG M", 0x0F, 0x01).size(1).digit(7).memory().mapped();
		add("INT3", 0xCC).weight(2);
	}

	private void segments() {
		String[] names = {"ES", "CS", "SS", "DS", "FS", "GS", "?6", "?7"};
		for (int i = 0; i < 8; i++) {
			Form store = add("MOV Ev," + names[i], 0x8C).widths(16, 32, 64).size(2).digit(i).mapped();
			if (i >= 6) {
				store.whole().weight(1);
			}
			if (i < 4 || i >= 6) {
				Form load = add("MOV " + names[i] + ",Ew", 0x8E).widths(16).digit(i).mapped().finish(SystemForms::selector);
				if (i == 1 || i >= 6) {
					load.whole().weight(1);
				}
			}
		}
		add("VERR Ew", 0x0F, 0x00).widths(16).digit(4).mapped().finish(SystemForms::selector);
		add("VERW Ew", 0x0F, 0x00).widths(16).digit(5).mapped().finish(SystemForms::selector);
		add("LAR Gv,Ew", 0x0F, 0x02).widths(16).modrm().mapped().finish(SystemForms::selector);
		add("LSL Gv,Ew", 0x0F, 0x03).widths(16).modrm().mapped().finish(SystemForms::selector);
	}

	/** Selectors that name no descriptor: null, beyond the GDT, in the LDT. */
	private static void selector(CaseBuilder b) {
		int selector = switch (b.prng.below(3)) {
			case 0 -> b.prng.below(4);
			case 1 -> 0xFFF8 | b.prng.below(4);
			default -> b.prng.below(0x2000) << 3 | 4 | b.prng.below(4);
		};
		if (b.memoryOperand()) {
			b.poke(b.target(), selector, 2);
		} else {
			b.state().gpr[b.rm()] = b.state().gpr[b.rm()] & ~0xFFFFL | selector;
		}
	}

	private void undefined() {
		for (int opcode : new int[] {0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x60, 0x61, 0x82, 0x9A, 0xCE, 0xD4,
				0xD5, 0xD6, 0xEA}) {
			undefined(opcode);
		}
		for (int opcode : new int[] {0x04, 0x0A, 0x0B, 0x0C, 0x24, 0x25, 0x26, 0x27, 0x36, 0xA6, 0xA7, 0xB9, 0xFF}) {
			undefined(0x0F, opcode, 0xC0);
		}
		undefined(0x8D, 0xC1);
		undefined(0xFE, 0xD0);
		undefined(0xFE, 0x10);
		undefined(0xFF, 0xF8);
		undefined(0xFF, 0xD8 + 0x10);
		undefined(0x8F, 0xC8);
		undefined(0xC6, 0xC8);
		undefined(0xC7, 0xD0);
		undefined(0x0F, 0xBA, 0xC0);
		undefined(0x0F, 0xBA, 0x18);
		undefined(0x0F, 0xC7, 0xC8);
		undefined(0x0F, 0x00, 0xF0);
		undefined(0x0F, 0x00, 0xF8);
		undefined(0x0F, 0x01, 0xE8);
		undefined(0x0F, 0x13, 0xC1);
		undefined(0x0F, 0x17, 0xC1);
		undefined(0x0F, 0x2B, 0xC1);
		undefined(0x0F, 0x50, 0x01);
		undefined(0x0F, 0x71, 0xC1);
		undefined(0x0F, 0xC3, 0xC1);
		undefined(0x0F, 0xC5, 0x01);
		undefined(0x0F, 0xD7, 0x01);
		undefined(0x0F, 0xE7, 0xC1);
		undefined(0x0F, 0xF7, 0x01);
		undefined(0x66, 0x0F, 0xE7, 0xC1);
		for (int reg : new int[] {0xD9D1, 0xD9E2, 0xD9E3, 0xD9E6, 0xD9E7, 0xD9EF, 0xDAE0, 0xDAE8, 0xDAEA, 0xDAF0, 0xDBE5, 0xDBF8, 0xDDF0,
				0xDED8, 0xDEDA, 0xDFE1, 0xDFF8}) {
			undefined(reg >> 8, reg & 0xFF);
		}
	}

	private void undefined(int... opcode) {
		StringBuilder name = new StringBuilder("UD");
		for (int value : opcode) {
			name.append(" %02X".formatted(value));
		}
		// Zeros follow, because some processors fetch operands before they find the opcode undefined.
		add(name.toString(), Arrays.copyOf(opcode, opcode.length + 8)).whole();
	}

	private void lockMisuse() {
		locked("ADD Eb,Gb", 0x00).widths(8).modrm().register();
		locked("ADD Gv,Ev", 0x03).widths(32, 64).modrm().mapped();
		locked("CMP Ev,Gv", 0x39).widths(32).modrm().mapped();
		locked("CMP Ev,Ib", 0x83).widths(32).digit(7).immediate(Immediate.BYTE).mapped();
		locked("TEST Ev,Gv", 0x85).widths(32).modrm().mapped();
		locked("MOV Ev,Gv", 0x89).widths(32, 64).modrm().mapped();
		locked("XCHG Ev,Gv", 0x87).widths(32).modrm().register();
		locked("SHL Ev,1", 0xD1).widths(32).digit(4).mapped();
		locked("NOT Ev", 0xF7).widths(32).digit(2).register();
		locked("MUL Ev", 0xF7).widths(32).digit(4).mapped();
		locked("PUSH Ev", 0xFF).widths(64).stack().digit(6).mapped();
		locked("NOP", 0x90);
		locked("BT Ev,Gv", 0x0F, 0xA3).widths(32).modrm().mapped();
		locked("BTS Ev,Gv", 0x0F, 0xAB).widths(32).modrm().register();
		locked("XADD Ev,Gv", 0x0F, 0xC1).widths(32).modrm().register();
		locked("SETO Eb", 0x0F, 0x90).widths(8).modrm().mapped();
		locked("MOVS b", 0xA4).widths(8);
		locked("FLD Md", 0xD9).size(4).digit(0).memory().mapped();
		locked("ADDPS", 0x0F, 0x58).size(16).modrm().mapped();
		locked("CPUID", 0x0F, 0xA2);
	}

	private Form locked(String name, int... opcode) {
		return add("LOCK " + name, opcode).mandatory(LOCK).whole();
	}

	/** Sixteen bytes, one more than any instruction may have. */
	private void tooLong() {
		int[] opcode = new int[TestCase.MAX_CODE];
		Arrays.fill(opcode, 0x66);
		opcode[15] = 0x90;
		add("TOOLONG", opcode).whole();
		opcode = opcode.clone();
		opcode[14] = 0x90;
		add("LONGEST", Arrays.copyOf(opcode, 15)).whole();
	}
}
