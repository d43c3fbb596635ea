package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Undefined encodings, and instructions of features that the processor does not offer: #UD. */
final class Undefined {
	private Undefined() {}

	static void register(HandlerTable table) {
		table.add(Opcode.INVALID, Undefined::refuse);
		table.add(Opcode.MONITOR, Undefined::refuse);
		table.add(Opcode.MWAIT, Undefined::refuse);
		table.add(Opcode.RSM, Undefined::refuse);
		table.add(Opcode.XGETBV, Undefined::refuse);
		table.add(Opcode.XSETBV, Undefined::refuse);
		table.add(Opcode.INVPCID, Undefined::refuse);
	}

	private static void refuse(Cpu cpu, Instruction i) {
		throw cpu.raise(Vector.UD);
	}
}
