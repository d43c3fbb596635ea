package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Multiplication. CF and OF tell that the upper half is significant; SF, ZF and PF are undefined and follow the lower half. */
final class Multiply {
	private Multiply() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MUL, Multiply::unsigned);
		table.add(Opcode.IMUL1, Multiply::signed);
		table.add(Opcode.IMUL, Multiply::truncating);
	}

	private static void setFlags(Cpu cpu, boolean overflow, long low) {
		cpu.flagKind = FlagKind.SHIFT;
		cpu.flagB = overflow ? 3 : 0;
		cpu.flagResult = low;
	}

	private static void unsigned(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long b = Operands.destination(cpu, i);
		long a = Operands.readRegister(cpu, Cpu.RAX, size);
		long low = a * b;
		long high = size == 8 ? Math.unsignedMultiplyHigh(a, b) : low >>> 8 * size;
		writeProduct(cpu, size, low, high);
		setFlags(cpu, high != 0, Operands.signExtend(low, size));
	}

	private static void signed(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long b = Operands.signExtend(Operands.destination(cpu, i), size);
		long a = Operands.signExtend(cpu.r[Cpu.RAX], size);
		long low = a * b;
		long high = size == 8 ? Math.multiplyHigh(a, b) : low >> 8 * size;
		writeProduct(cpu, size, low, high);
		long significant = Operands.signExtend(low, size);
		setFlags(cpu, high != significant >> 63, significant);
	}

	private static void writeProduct(Cpu cpu, int size, long low, long high) {
		if (size == 1) {
			Operands.writeRegister(cpu, Cpu.RAX, 2, low);
		} else {
			Operands.writeRegister(cpu, Cpu.RAX, size, low);
			Operands.writeRegister(cpu, Cpu.RDX, size, high);
		}
	}

	private static void truncating(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long a = Arithmetic.signedSource(cpu, i);
		long b = i.hasImmediate ? i.immediate : Operands.signExtend(cpu.r[i.destinationRegister], size);
		long low = a * b;
		long result = Operands.signExtend(low, size);
		boolean overflow = size == 8 ? Math.multiplyHigh(a, b) != low >> 63 : result != low;
		Operands.writeRegister(cpu, i.destinationRegister, size, result);
		setFlags(cpu, overflow, result);
	}
}
