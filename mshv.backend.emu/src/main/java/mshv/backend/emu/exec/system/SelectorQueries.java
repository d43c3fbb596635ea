package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** LAR, LSL, VERR, VERW and ARPL: what a program may learn about a selector, told in ZF. */
final class SelectorQueries {
	/** System types that LAR and LSL accept, as bits: outside long mode, and in it. */
	private static final int LAR_LEGACY = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12;
	private static final int LAR_LONG = 1 << 2 | 1 << 9 | 1 << 11 | 1 << 12;
	private static final int LSL_LEGACY = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11;
	private static final int LSL_LONG = 1 << 2 | 1 << 9 | 1 << 11;

	/** Stands for a selector that is null or beyond its table: a descriptor of the reserved system type 0. */
	private static final long NOTHING = 0;

	private SelectorQueries() {}

	static void register(HandlerTable table) {
		table.add(Opcode.LAR, SelectorQueries::accessRights);
		table.add(Opcode.LSL, SelectorQueries::limit);
		table.add(Opcode.VERR, (cpu, i) -> verify(cpu, i, false));
		table.add(Opcode.VERW, (cpu, i) -> verify(cpu, i, true));
		table.add(Opcode.ARPL, SelectorQueries::adjust);
	}

	private static void setZero(Cpu cpu, boolean value) {
		cpu.setArithmeticFlags(cpu.arithmeticFlags() & ~Flag.ZF | (value ? Flag.ZF : 0));
	}

	private static long descriptor(Cpu cpu, int selector) {
		if (DescriptorTables.isNull(selector)) {
			return NOTHING;
		}
		long address = DescriptorTables.address(cpu, selector, 8);
		return address == DescriptorTables.OUTSIDE ? NOTHING : SystemMemory.read(cpu, address, 8);
	}

	private static boolean visible(Cpu cpu, int selector, long raw) {
		return Descriptor.conforming(raw) || Descriptor.dpl(raw) >= Math.max(cpu.cpl, selector & 3);
	}

	private static boolean answers(Cpu cpu, int selector, long raw, int legacyTypes, int longTypes) {
		int type = Descriptor.systemType(raw);
		boolean known = type < 0 || ((cpu.longModeActive() ? longTypes : legacyTypes) >> type & 1) != 0;
		return known && visible(cpu, selector, raw);
	}

	private static void accessRights(Cpu cpu, Instruction i) {
		Privilege.requireProtectedMode(cpu);
		int selector = (int) Operands.source(cpu, i) & 0xFFFF;
		long raw = descriptor(cpu, selector);
		boolean answers = answers(cpu, selector, raw, LAR_LEGACY, LAR_LONG);
		if (answers) {
			Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, raw >>> 32 & 0xFFFF00);
		}
		setZero(cpu, answers);
	}

	private static void limit(Cpu cpu, Instruction i) {
		Privilege.requireProtectedMode(cpu);
		int selector = (int) Operands.source(cpu, i) & 0xFFFF;
		long raw = descriptor(cpu, selector);
		boolean answers = answers(cpu, selector, raw, LSL_LEGACY, LSL_LONG);
		if (answers) {
			Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, Descriptor.limit(raw));
		}
		setZero(cpu, answers);
	}

	private static void verify(Cpu cpu, Instruction i, boolean write) {
		Privilege.requireProtectedMode(cpu);
		int selector = (int) Operands.destination(cpu, i);
		long raw = descriptor(cpu, selector);
		boolean usable = write ? Descriptor.writable(raw) : Descriptor.readable(raw);
		setZero(cpu, usable && visible(cpu, selector, raw));
	}

	private static void adjust(Cpu cpu, Instruction i) {
		Privilege.requireProtectedMode(cpu);
		long selector = Operands.destination(cpu, i);
		long requested = Operands.source(cpu, i) & 3;
		boolean raised = (selector & 3) < requested;
		if (raised) {
			Operands.writeDestination(cpu, i, selector & ~3L | requested);
		}
		setZero(cpu, raised);
	}
}
