package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** The bases of FS and GS in 64-bit mode: SWAPGS, RDFSBASE and its like. */
final class SegmentBases {
	private SegmentBases() {}

	static void register(HandlerTable table) {
		table.add(Opcode.SWAPGS, SegmentBases::swap);
		table.add(Opcode.RDFSBASE, (cpu, i) -> read(cpu, i, Segment.FS));
		table.add(Opcode.RDGSBASE, (cpu, i) -> read(cpu, i, Segment.GS));
		table.add(Opcode.WRFSBASE, (cpu, i) -> write(cpu, i, Segment.FS));
		table.add(Opcode.WRGSBASE, (cpu, i) -> write(cpu, i, Segment.GS));
	}

	private static void require64BitMode(Cpu cpu) {
		if (cpu.mode != 64) {
			throw cpu.raise(Vector.UD);
		}
	}

	private static void swap(Cpu cpu, Instruction i) {
		require64BitMode(cpu);
		Privilege.requireSupervisor(cpu);
		long base = cpu.segments[Segment.GS].base;
		cpu.setSegmentBase(Segment.GS, cpu.kernelGsBase);
		cpu.kernelGsBase = base;
	}

	private static void requireOffered(Cpu cpu) {
		require64BitMode(cpu);
		if ((cpu.cr4 & Cpu.CR4_FSGSBASE) == 0) {
			throw cpu.raise(Vector.UD);
		}
	}

	private static void read(Cpu cpu, Instruction i, int segment) {
		requireOffered(cpu);
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, cpu.segments[segment].base);
	}

	private static void write(Cpu cpu, Instruction i, int segment) {
		requireOffered(cpu);
		long base = Operands.readRegister(cpu, i.destinationRegister, i.operandSize);
		Privilege.requireCanonical(cpu, base);
		cpu.setSegmentBase(segment, base);
	}
}
