package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Instructions on single flags, and AH as an image of the low ones. */
final class FlagOperations {
	/** Number of AH as an 8-bit register. */
	private static final int AH = 16;
	private static final int IMAGE = Flag.CF | Flag.PF | Flag.AF | Flag.ZF | Flag.SF;

	private FlagOperations() {}

	static void register(HandlerTable table) {
		table.add(Opcode.CLC, FlagOperations::clearCarry);
		table.add(Opcode.STC, FlagOperations::setCarry);
		table.add(Opcode.CMC, FlagOperations::complementCarry);
		table.add(Opcode.CLD, FlagOperations::clearDirection);
		table.add(Opcode.STD, FlagOperations::setDirection);
		table.add(Opcode.LAHF, FlagOperations::load);
		table.add(Opcode.SAHF, FlagOperations::store);
		table.add(Opcode.SALC, FlagOperations::carryToAccumulator);
	}

	private static void clearCarry(Cpu cpu, Instruction i) {
		cpu.setArithmeticFlags(cpu.arithmeticFlags() & ~Flag.CF);
	}

	private static void setCarry(Cpu cpu, Instruction i) {
		cpu.setArithmeticFlags(cpu.arithmeticFlags() | Flag.CF);
	}

	private static void complementCarry(Cpu cpu, Instruction i) {
		cpu.setArithmeticFlags(cpu.arithmeticFlags() ^ Flag.CF);
	}

	private static void clearDirection(Cpu cpu, Instruction i) {
		cpu.systemFlags &= ~(long) Flag.DF;
	}

	private static void setDirection(Cpu cpu, Instruction i) {
		cpu.systemFlags |= Flag.DF;
	}

	private static void checkMode(Cpu cpu) {
		if (cpu.mode == 64 && !cpu.features.flagsInLongMode()) {
			throw cpu.raise(Vector.UD);
		}
	}

	private static void load(Cpu cpu, Instruction i) {
		checkMode(cpu);
		Operands.writeRegister(cpu, AH, 1, cpu.arithmeticFlags() & IMAGE | Flag.FIXED);
	}

	private static void store(Cpu cpu, Instruction i) {
		checkMode(cpu);
		cpu.setArithmeticFlags(cpu.arithmeticFlags() & Flag.OF | (int) Operands.readRegister(cpu, AH, 1) & IMAGE);
	}

	private static void carryToAccumulator(Cpu cpu, Instruction i) {
		Operands.writeRegister(cpu, Cpu.RAX, 1, -cpu.carry());
	}
}
