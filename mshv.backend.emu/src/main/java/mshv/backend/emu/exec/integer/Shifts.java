package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/**
 * Shifts, single and double. A count of zero leaves the flags alone but writes the destination, which clears the upper half of a 32-bit
 * register. OF after counts other than one is undefined; here it is what Intel's processors leave.
 */
final class Shifts {
	private Shifts() {}

	static void register(HandlerTable table) {
		table.add(Opcode.SHL, Shifts::left);
		table.add(Opcode.SHR, Shifts::right);
		table.add(Opcode.SAR, Shifts::arithmeticRight);
		table.add(Opcode.SHLD, Shifts::doubleLeft);
		table.add(Opcode.SHRD, Shifts::doubleRight);
	}

	/** @return the count of a shift or rotate, cut to 5 bits, or 6 for 64-bit operands */
	static int count(Cpu cpu, Instruction i) {
		return (int) Operands.source(cpu, i) & countMask(i);
	}

	private static int countMask(Instruction i) {
		return i.operandSize == 8 ? 63 : 31;
	}

	private static void setFlags(Cpu cpu, long carry, long overflow, long result) {
		cpu.flagKind = FlagKind.SHIFT;
		cpu.flagB = carry | overflow << 1;
		cpu.flagResult = result;
	}

	private static void left(Cpu cpu, Instruction i) {
		int count = count(cpu, i);
		long a = Destination.read(cpu, i);
		long result = Operands.signExtend(a << count, i.operandSize);
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			int bits = 8 * i.operandSize;
			long carry = count > bits ? 0 : a >>> bits - count & 1;
			setFlags(cpu, carry, carry ^ result >>> 63, result);
		}
	}

	private static void right(Cpu cpu, Instruction i) {
		int count = count(cpu, i);
		long a = Destination.read(cpu, i);
		long unsigned = a & Operands.mask(i.operandSize);
		long result = unsigned >>> count;
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			setFlags(cpu, unsigned >>> count - 1 & 1, count == 1 ? a >>> 63 : 0, result);
		}
	}

	private static void arithmeticRight(Cpu cpu, Instruction i) {
		int count = count(cpu, i);
		long a = Destination.read(cpu, i);
		long result = a >> count;
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			setFlags(cpu, a >> count - 1 & 1, 0, result);
		}
	}

	private static int doubleCount(Cpu cpu, Instruction i) {
		return (int) (i.hasImmediate ? i.immediate : cpu.r[Cpu.RCX]) & countMask(i);
	}

	private static void doubleLeft(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		int bits = 8 * size;
		int count = doubleCount(cpu, i);
		long filler = Operands.source(cpu, i);
		long a = Destination.read(cpu, i);
		if (count == 0) {
			Destination.replace(cpu, i, a, a, false);
			return;
		}
		long result;
		long carry;
		if (count <= bits) {
			result = a << count | filler >>> bits - count;
			carry = a >>> bits - count & 1;
		} else {
			// Only with 16 bits, and undefined: what follows the filler is the destination again.
			result = filler << count - bits | (a & 0xFFFF) >>> 2 * bits - count;
			carry = filler >>> 2 * bits - count & 1;
		}
		result = Operands.signExtend(result, size);
		Destination.replace(cpu, i, a, result, false);
		setFlags(cpu, carry, carry ^ result >>> 63, result);
	}

	private static void doubleRight(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		int bits = 8 * size;
		int count = doubleCount(cpu, i);
		long filler = Operands.source(cpu, i);
		long a = Destination.read(cpu, i);
		if (count == 0) {
			Destination.replace(cpu, i, a, a, false);
			return;
		}
		long unsigned = a & Operands.mask(size);
		long result;
		long carry;
		if (count <= bits) {
			result = (count == bits ? 0 : unsigned >>> count) | filler << bits - count;
			carry = unsigned >>> count - 1 & 1;
		} else {
			result = filler >>> count - bits | unsigned << 2 * bits - count;
			carry = filler >>> count - bits - 1 & 1;
		}
		result = Operands.signExtend(result, size);
		Destination.replace(cpu, i, a, result, false);
		setFlags(cpu, carry, Rotates.topBitsDiffer(result, bits), result);
	}
}
