package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** CLI, STI and HLT; and CLAC and STAC, which change a single system flag as well. */
final class InterruptFlag {
	private InterruptFlag() {}

	static void register(HandlerTable table) {
		table.add(Opcode.CLI, InterruptFlag::clear);
		table.add(Opcode.STI, InterruptFlag::set);
		table.add(Opcode.HLT, InterruptFlag::halt);
		table.add(Opcode.CLAC, (cpu, i) -> setAccess(cpu, 0));
		table.add(Opcode.STAC, (cpu, i) -> setAccess(cpu, Flag.AC));
	}

	private static void check(Cpu cpu) {
		if (cpu.cpl > Privilege.ioPrivilege(cpu)) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	private static void clear(Cpu cpu, Instruction i) {
		check(cpu);
		cpu.systemFlags &= ~(long) Flag.IF;
	}

	private static void set(Cpu cpu, Instruction i) {
		check(cpu);
		if ((cpu.systemFlags & Flag.IF) == 0) {
			cpu.systemFlags |= Flag.IF;
			cpu.beginShadow(false);
			cpu.interruptsEnabled();
		}
	}

	private static void halt(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		if ((cpu.systemFlags & Flag.TF) != 0 || cpu.pendingDebug != 0) {
			// The debug exception that follows at once would end the halt.
			return;
		}
		cpu.exit.kind = Exit.Kind.HALT;
		cpu.exit.instructionLength = i.length;
	}

	private static void setAccess(Cpu cpu, long value) {
		if (cpu.cpl != 0 || !cpu.features.smap()) {
			throw cpu.raise(Vector.UD);
		}
		cpu.systemFlags = cpu.systemFlags & ~(long) Flag.AC | value;
		cpu.contextChanged();
	}
}
