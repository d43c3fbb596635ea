package mshv.backend.emu.exec.integer;

import java.lang.invoke.VarHandle;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Instructions about caches and memory order, and those that do nothing. */
final class Hints {
	private Hints() {}

	static void register(HandlerTable table) {
		table.add(Opcode.NOP, Hints::nothing);
		table.add(Opcode.PAUSE, Hints::nothing);
		table.add(Opcode.PREFETCH, Hints::nothing);
		table.add(Opcode.LFENCE, Hints::orderLoads);
		table.add(Opcode.SFENCE, Hints::orderStores);
		table.add(Opcode.MFENCE, Hints::orderAll);
		table.add(Opcode.CLFLUSH, Hints::flushLine);
	}

	private static void nothing(Cpu cpu, Instruction i) {
		// No operand is accessed.
	}

	private static void orderLoads(Cpu cpu, Instruction i) {
		VarHandle.loadLoadFence();
	}

	private static void orderStores(Cpu cpu, Instruction i) {
		VarHandle.storeStoreFence();
	}

	private static void orderAll(Cpu cpu, Instruction i) {
		VarHandle.fullFence();
	}

	/** There is no cache, but the address is checked as for a load of a byte. */
	private static void flushLine(Cpu cpu, Instruction i) {
		cpu.readByte(Operands.address(cpu, i, 1, false));
	}
}
