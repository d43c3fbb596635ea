package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** IN, OUT, INS and OUTS: the checks; then guest execution is left, and whoever gets the exit completes the instruction. */
final class PortAccess {
	private PortAccess() {}

	static void register(HandlerTable table) {
		table.add(Opcode.IN, (cpu, i) -> single(cpu, i, i.source == OperandKind.IMMEDIATE, false));
		table.add(Opcode.OUT, (cpu, i) -> single(cpu, i, i.destination == OperandKind.IMMEDIATE, true));
		table.add(Opcode.INS, PortAccess::inputString);
		table.add(Opcode.OUTS, PortAccess::outputString);
	}

	private static void single(Cpu cpu, Instruction i, boolean immediate, boolean write) {
		int port = immediate ? (int) i.immediate & 0xFF : (int) cpu.r[Cpu.RDX] & 0xFFFF;
		check(cpu, port, i.operandSize);
		leave(cpu, i, port, write, false);
	}

	private static void check(Cpu cpu, int port, int size) {
		boolean byMap = cpu.virtual8086() || cpu.protectedMode() && cpu.cpl > Privilege.ioPrivilege(cpu);
		if (byMap && !TaskState.allowsPorts(cpu, port, size)) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	private static void leave(Cpu cpu, Instruction i, int port, boolean write, boolean string) {
		Exit exit = cpu.exit;
		exit.kind = Exit.Kind.IO_PORT;
		exit.port = port;
		exit.size = i.operandSize;
		exit.write = write;
		exit.string = string;
		exit.repeat = repeats(i);
		exit.count = cpu.r[Cpu.RCX];
		exit.instructionLength = i.length;
		exit.traps = Debug.portBreakpoints(cpu, port, i.operandSize);
		cpu.nextRip = cpu.rip;
	}

	/** Both repeat prefixes repeat these two. */
	private static boolean repeats(Instruction i) {
		return i.repeat || i.repeatNot;
	}

	private static void inputString(Cpu cpu, Instruction i) {
		string(cpu, i, Segment.ES, Cpu.RDI, false);
	}

	private static void outputString(Cpu cpu, Instruction i) {
		string(cpu, i, i.segment, Cpu.RSI, true);
	}

	private static void string(Cpu cpu, Instruction i, int segment, int pointer, boolean write) {
		if (repeats(i) && Operands.readRegister(cpu, Cpu.RCX, i.addressSize) == 0) {
			cpu.systemFlags &= ~(long) Flag.RF;
			return;
		}
		int port = (int) cpu.r[Cpu.RDX] & 0xFFFF;
		check(cpu, port, i.operandSize);
		long address = cpu.linear(segment, Operands.readRegister(cpu, pointer, i.addressSize), i.operandSize, !write);
		cpu.mmu.announce(address, i.operandSize, !write);
		leave(cpu, i, port, write, true);
	}
}
