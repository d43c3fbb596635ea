package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Rotates, with and without carry. They change CF and OF only; OF follows the rule for a count of one at every count. */
final class Rotates {
	private Rotates() {}

	static void register(HandlerTable table) {
		table.add(Opcode.ROL, Rotates::left);
		table.add(Opcode.ROR, Rotates::right);
		table.add(Opcode.RCL, Rotates::leftThroughCarry);
		table.add(Opcode.RCR, Rotates::rightThroughCarry);
	}

	private static void setFlags(Cpu cpu, long carry, long overflow) {
		int others = cpu.arithmeticFlags() & ~(Flag.CF | Flag.OF);
		cpu.setArithmeticFlags(others | (carry != 0 ? Flag.CF : 0) | (overflow != 0 ? Flag.OF : 0));
	}

	/** @return the exclusive or of the value's two highest bits */
	static long topBitsDiffer(long value, int bits) {
		return (value >>> bits - 1 ^ value >>> bits - 2) & 1;
	}

	private static void left(Cpu cpu, Instruction i) {
		int count = Shifts.count(cpu, i);
		int bits = 8 * i.operandSize;
		long a = Destination.read(cpu, i);
		long unsigned = a & Operands.mask(i.operandSize);
		int turn = count & bits - 1;
		long result = turn == 0 ? unsigned : unsigned << turn | unsigned >>> bits - turn;
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			long carry = result & 1;
			setFlags(cpu, carry, carry ^ result >>> bits - 1 & 1);
		}
	}

	private static void right(Cpu cpu, Instruction i) {
		int count = Shifts.count(cpu, i);
		int bits = 8 * i.operandSize;
		long a = Destination.read(cpu, i);
		long unsigned = a & Operands.mask(i.operandSize);
		int turn = count & bits - 1;
		long result = turn == 0 ? unsigned : unsigned >>> turn | unsigned << bits - turn;
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			setFlags(cpu, result >>> bits - 1 & 1, topBitsDiffer(result, bits));
		}
	}

	private static void leftThroughCarry(Cpu cpu, Instruction i) {
		int count = Shifts.count(cpu, i);
		int bits = 8 * i.operandSize;
		long a = Destination.read(cpu, i);
		long unsigned = a & Operands.mask(i.operandSize);
		int turn = count % (bits + 1);
		long carry = cpu.carry();
		long result = unsigned;
		if (turn != 0) {
			result = unsigned << turn | carry << turn - 1 | (turn > 1 ? unsigned >>> bits + 1 - turn : 0);
			carry = unsigned >>> bits - turn & 1;
		}
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			setFlags(cpu, carry, carry ^ result >>> bits - 1 & 1);
		}
	}

	private static void rightThroughCarry(Cpu cpu, Instruction i) {
		int count = Shifts.count(cpu, i);
		int bits = 8 * i.operandSize;
		long a = Destination.read(cpu, i);
		long unsigned = a & Operands.mask(i.operandSize);
		int turn = count % (bits + 1);
		long carry = cpu.carry();
		long result = unsigned;
		if (turn != 0) {
			result = unsigned >>> turn | carry << bits - turn | (turn > 1 ? unsigned << bits + 1 - turn : 0);
			carry = unsigned >>> turn - 1 & 1;
		}
		Destination.replace(cpu, i, a, result, false);
		if (count != 0) {
			setFlags(cpu, carry, topBitsDiffer(result, bits));
		}
	}
}
