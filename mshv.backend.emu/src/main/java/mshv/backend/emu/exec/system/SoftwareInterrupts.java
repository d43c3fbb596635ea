package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** INT n, INT3, INT1 and INTO. */
final class SoftwareInterrupts {
	private SoftwareInterrupts() {}

	static void register(HandlerTable table) {
		table.add(Opcode.INT, SoftwareInterrupts::interrupt);
		table.add(Opcode.INT3, (cpu, i) -> exception(cpu, i, Vector.BP, EventType.SOFTWARE_EXCEPTION));
		table.add(Opcode.INT1, (cpu, i) -> exception(cpu, i, Vector.DB, EventType.PRIVILEGED_SOFTWARE_EXCEPTION));
		table.add(Opcode.INTO, SoftwareInterrupts::overflow);
	}

	private static void interrupt(Cpu cpu, Instruction i) {
		Privilege.requireVirtual8086Privilege(cpu);
		Interrupts.deliverOnce(cpu, (int) i.immediate & 0xFF, EventType.SOFTWARE_INTERRUPT, 0, false);
	}

	private static void overflow(Cpu cpu, Instruction i) {
		if ((cpu.arithmeticFlags() & Flag.OF) != 0) {
			exception(cpu, i, Vector.OF, EventType.SOFTWARE_EXCEPTION);
		}
	}

	private static void exception(Cpu cpu, Instruction i, int vector, EventType type) {
		if ((cpu.interceptedExceptions >>> vector & 1) == 0) {
			Interrupts.deliverOnce(cpu, vector, type, 0, false);
			return;
		}
		Exit exit = cpu.exit;
		exit.vector = vector;
		exit.hasErrorCode = false;
		exit.errorCode = 0;
		exit.parameter = 0;
		exit.software = true;
		exit.instructionLength = i.length;
		throw cpu.leave(Exit.Kind.EXCEPTION);
	}
}
