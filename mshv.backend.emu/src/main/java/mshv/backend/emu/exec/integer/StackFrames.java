package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Procedure frames. */
final class StackFrames {
	private StackFrames() {}

	static void register(HandlerTable table) {
		table.add(Opcode.ENTER, StackFrames::enter);
		table.add(Opcode.LEAVE, StackFrames::leave);
	}

	private static void enter(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		int level = i.immediate2 & 31;
		long mask = cpu.stackMask();
		long pointer = cpu.r[Cpu.RSP] - size & mask;
		store(cpu, pointer, size, cpu.r[Cpu.RBP]);
		long frame = pointer;
		for (int outer = 1; outer < level; outer++) {
			long link = cpu.r[Cpu.RBP] - outer * size & mask;
			long value = cpu.read(cpu.linear(Segment.SS, link, size, false), size);
			pointer = pointer - size & mask;
			store(cpu, pointer, size, value);
		}
		if (level > 0) {
			pointer = pointer - size & mask;
			store(cpu, pointer, size, frame);
		}
		pointer = pointer - i.immediate & mask;
		// A push to the new top must be possible.
		cpu.readForWrite(cpu.linear(Segment.SS, pointer, size, true), size);
		cpu.setStackPointer(pointer);
		Operands.writeRegister(cpu, Cpu.RBP, size, frame);
	}

	private static void store(Cpu cpu, long pointer, int size, long value) {
		cpu.write(cpu.linear(Segment.SS, pointer, size, true), size, value);
	}

	private static void leave(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long pointer = cpu.r[Cpu.RBP] & cpu.stackMask();
		long value = cpu.read(cpu.linear(Segment.SS, pointer, size, false), size);
		cpu.setStackPointer(pointer + size);
		Operands.writeRegister(cpu, Cpu.RBP, size, value);
	}
}
