package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** GDTR, IDTR, LDTR and TR: their loads and stores. */
final class DescriptorTableRegisters {
	private DescriptorTableRegisters() {}

	static void register(HandlerTable table) {
		table.add(Opcode.LGDT, DescriptorTableRegisters::loadGlobal);
		table.add(Opcode.LIDT, DescriptorTableRegisters::loadInterrupt);
		table.add(Opcode.SGDT, (cpu, i) -> store(cpu, i, cpu.gdtBase, cpu.gdtLimit));
		table.add(Opcode.SIDT, (cpu, i) -> store(cpu, i, cpu.idtBase, cpu.idtLimit));
		table.add(Opcode.LLDT, DescriptorTableRegisters::loadLocal);
		table.add(Opcode.LTR, DescriptorTableRegisters::loadTask);
		table.add(Opcode.SLDT, (cpu, i) -> storeSelector(cpu, i, Segment.LDTR));
		table.add(Opcode.STR, (cpu, i) -> storeSelector(cpu, i, Segment.TR));
	}

	private static int limit(Cpu cpu, Instruction i) {
		return (int) cpu.readWord(Operands.address(cpu, i, 2, false));
	}

	private static long baseAddress(Cpu cpu, Instruction i, boolean write) {
		long offset = Operands.offset(cpu, i) + 2 & Operands.mask(i.addressSize);
		return cpu.linear(i.segment, offset, i.operandSize == 8 ? 8 : 4, write);
	}

	private static long base(Cpu cpu, Instruction i) {
		long base = cpu.read(baseAddress(cpu, i, false), i.operandSize == 8 ? 8 : 4);
		if (i.operandSize == 8) {
			Privilege.requireCanonical(cpu, base);
		}
		return i.operandSize == 2 ? base & 0xFFFFFF : base;
	}

	private static void loadGlobal(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		int limit = limit(cpu, i);
		cpu.gdtBase = base(cpu, i);
		cpu.gdtLimit = limit;
	}

	private static void loadInterrupt(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		int limit = limit(cpu, i);
		cpu.idtBase = base(cpu, i);
		cpu.idtLimit = limit;
	}

	private static void store(Cpu cpu, Instruction i, long base, int limit) {
		Privilege.requireNoUmip(cpu);
		int size = i.operandSize == 8 ? 8 : 4;
		long limitAddress = Operands.address(cpu, i, 2, true);
		long address = baseAddress(cpu, i, true);
		// So that the second store cannot fail after the first.
		cpu.readForWrite(address, size);
		cpu.writeWord(limitAddress, limit);
		cpu.write(address, size, i.operandSize == 2 ? base & 0xFFFFFF : base);
	}

	private static void loadLocal(Cpu cpu, Instruction i) {
		Privilege.requireProtectedMode(cpu);
		Privilege.requireSupervisor(cpu);
		int selector = (int) Operands.destination(cpu, i);
		if (DescriptorTables.isNull(selector)) {
			cpu.segments[Segment.LDTR].set(selector, 0, 0, 0);
			return;
		}
		long raw = systemDescriptor(cpu, selector);
		if (Descriptor.systemType(raw) != Descriptor.LDT) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
		load(cpu, Segment.LDTR, selector, raw);
	}

	private static void loadTask(Cpu cpu, Instruction i) {
		Privilege.requireProtectedMode(cpu);
		Privilege.requireSupervisor(cpu);
		int selector = (int) Operands.destination(cpu, i);
		if (DescriptorTables.isNull(selector)) {
			throw cpu.raise(Vector.GP, 0);
		}
		long raw = systemDescriptor(cpu, selector);
		int type = Descriptor.systemType(raw);
		if (type != Descriptor.TSS32 && (type != Descriptor.TSS16 || cpu.longModeActive())) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
		load(cpu, Segment.TR, selector, raw);
	}

	private static long systemDescriptor(Cpu cpu, int selector) {
		if (DescriptorTables.local(selector)) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
		return DescriptorTables.read(cpu, selector, Vector.GP, 0);
	}

	/** Loads LDTR or TR; TR's task becomes busy. */
	private static void load(Cpu cpu, int register, int selector, long raw) {
		CodeSegment.checkPresent(cpu, selector, raw, 0);
		long base = Descriptor.base(raw);
		if (cpu.longModeActive()) {
			base |= DescriptorTables.readUpper(cpu, selector, Vector.GP, 0) << 32;
			Privilege.requireCanonical(cpu, base);
		}
		int attributes = Descriptor.attributes(raw);
		if (register == Segment.TR) {
			DescriptorTables.setBusy(cpu, selector, true);
			attributes |= Descriptor.BUSY;
		}
		cpu.segments[register].set(selector, base, Descriptor.limit(raw), attributes);
	}

	private static void storeSelector(Cpu cpu, Instruction i, int register) {
		Privilege.requireProtectedMode(cpu);
		Privilege.requireNoUmip(cpu);
		Operands.writeDestination(cpu, i, cpu.segments[register].selector);
	}
}
