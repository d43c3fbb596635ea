package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Adjustments for decimal digits, packed and unpacked. */
final class Decimal {
	private Decimal() {}

	static void register(HandlerTable table) {
		table.add(Opcode.DAA, Decimal::afterAddition);
		table.add(Opcode.DAS, Decimal::afterSubtraction);
		table.add(Opcode.AAA, Decimal::digitAfterAddition);
		table.add(Opcode.AAS, Decimal::digitAfterSubtraction);
		table.add(Opcode.AAM, Decimal::splitProduct);
		table.add(Opcode.AAD, Decimal::joinForDivision);
	}

	private static void afterAddition(Cpu cpu, Instruction i) {
		adjustPacked(cpu, 1);
	}

	private static void afterSubtraction(Cpu cpu, Instruction i) {
		adjustPacked(cpu, -1);
	}

	private static void adjustPacked(Cpu cpu, int direction) {
		int flags = cpu.arithmeticFlags();
		int old = (int) cpu.r[Cpu.RAX] & 0xFF;
		int adjustment = 0;
		int result = 0;
		if ((old & 15) > 9 || (flags & Flag.AF) != 0) {
			adjustment = 6;
			result = Flag.AF | (direction < 0 && old < 6 ? Flag.CF : 0);
		}
		if (old > 0x99 || (flags & Flag.CF) != 0) {
			adjustment += 0x60;
			result |= Flag.CF;
		}
		int al = old + direction * adjustment;
		Operands.writeRegister(cpu, Cpu.RAX, 1, al);
		setFlags(cpu, (byte) old, direction * adjustment, (byte) al, result);
	}

	/** SF, ZF and PF follow from the result, CF and AF are given; OF, undefined, is that of the addition. */
	private static void setFlags(Cpu cpu, long a, long b, long result, int carries) {
		Arithmetic.setFlags(cpu, FlagKind.ADD, a, b, result);
		cpu.setArithmeticFlags(cpu.arithmeticFlags() & ~(Flag.CF | Flag.AF) | carries);
	}

	private static void digitAfterAddition(Cpu cpu, Instruction i) {
		adjustDigit(cpu, 0x106);
	}

	private static void digitAfterSubtraction(Cpu cpu, Instruction i) {
		adjustDigit(cpu, -0x106);
	}

	private static void adjustDigit(Cpu cpu, int adjustment) {
		int ax = (short) cpu.r[Cpu.RAX];
		boolean adjust = (ax & 15) > 9 || (cpu.arithmeticFlags() & Flag.AF) != 0;
		int applied = adjust ? adjustment : 0;
		int sum = (short) (ax + applied);
		Operands.writeRegister(cpu, Cpu.RAX, 2, sum & 0xFF0F);
		setFlags(cpu, ax, applied, sum, adjust ? Flag.CF | Flag.AF : 0);
	}

	private static void splitProduct(Cpu cpu, Instruction i) {
		int base = (int) i.immediate & 0xFF;
		if (base == 0) {
			throw cpu.raise(Vector.DE);
		}
		int al = (int) cpu.r[Cpu.RAX] & 0xFF;
		Operands.writeRegister(cpu, Cpu.RAX, 2, al / base << 8 | al % base);
		Logic.setFlags(cpu, (byte) (al % base));
	}

	/** CF, OF and AF, undefined, are those of the addition. */
	private static void joinForDivision(Cpu cpu, Instruction i) {
		long ax = cpu.r[Cpu.RAX];
		long a = (byte) ax;
		long b = (byte) ((ax >> 8 & 0xFF) * i.immediate);
		long al = (byte) (a + b);
		Operands.writeRegister(cpu, Cpu.RAX, 2, al & 0xFF);
		Arithmetic.setFlags(cpu, FlagKind.ADD, a, b, al);
	}
}
