package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;

/** A far pointer in memory: an offset of the operand's size, then a selector. */
final class FarPointer {
	private FarPointer() {}

	static long offset(Cpu cpu, Instruction i) {
		return cpu.read(Operands.address(cpu, i, i.operandSize, false), i.operandSize);
	}

	static int selector(Cpu cpu, Instruction i) {
		long offset = Operands.offset(cpu, i) + i.operandSize & Operands.mask(i.addressSize);
		return (int) cpu.readWord(cpu.linear(i.segment, offset, 2, false));
	}
}
