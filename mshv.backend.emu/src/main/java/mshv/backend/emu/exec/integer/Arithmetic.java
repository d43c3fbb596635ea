package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Addition and subtraction. */
final class Arithmetic {
	private Arithmetic() {}

	static void register(HandlerTable table) {
		table.add(Opcode.ADD, Arithmetic::add);
		table.add(Opcode.ADC, Arithmetic::addWithCarry);
		table.add(Opcode.SUB, Arithmetic::subtract);
		table.add(Opcode.SBB, Arithmetic::subtractWithBorrow);
		table.add(Opcode.CMP, Arithmetic::compare);
		table.add(Opcode.INC, Arithmetic::increment);
		table.add(Opcode.DEC, Arithmetic::decrement);
		table.add(Opcode.NEG, Arithmetic::negate);
	}

	/** @return the source operand, sign-extended from the operand size */
	static long signedSource(Cpu cpu, Instruction i) {
		return Operands.signExtend(Operands.source(cpu, i), i.operandSize);
	}

	/** Defines the arithmetic flags; operands and result are sign-extended. */
	static void setFlags(Cpu cpu, int kind, long a, long b, long result) {
		cpu.flagKind = kind;
		cpu.flagA = a;
		cpu.flagB = b;
		cpu.flagResult = result;
	}

	private static void add(Cpu cpu, Instruction i) {
		add(cpu, i, 0);
	}

	private static void addWithCarry(Cpu cpu, Instruction i) {
		add(cpu, i, cpu.carry());
	}

	private static void add(Cpu cpu, Instruction i, int carry) {
		long b = signedSource(cpu, i);
		long a;
		long result;
		do {
			a = Destination.read(cpu, i);
			result = Operands.signExtend(a + b + carry, i.operandSize);
		} while (!Destination.replace(cpu, i, a, result, i.lock));
		setFlags(cpu, FlagKind.ADD, a, b, result);
	}

	private static void subtract(Cpu cpu, Instruction i) {
		subtract(cpu, i, 0);
	}

	private static void subtractWithBorrow(Cpu cpu, Instruction i) {
		subtract(cpu, i, cpu.carry());
	}

	private static void subtract(Cpu cpu, Instruction i, int borrow) {
		long b = signedSource(cpu, i);
		long a;
		long result;
		do {
			a = Destination.read(cpu, i);
			result = Operands.signExtend(a - b - borrow, i.operandSize);
		} while (!Destination.replace(cpu, i, a, result, i.lock));
		setFlags(cpu, FlagKind.SUB, a, b, result);
	}

	private static void compare(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long b = signedSource(cpu, i);
		long a = Operands.signExtend(Operands.destination(cpu, i), size);
		setFlags(cpu, FlagKind.SUB, a, b, Operands.signExtend(a - b, size));
	}

	private static void increment(Cpu cpu, Instruction i) {
		long a;
		long result;
		do {
			a = Destination.read(cpu, i);
			result = Operands.signExtend(a + 1, i.operandSize);
		} while (!Destination.replace(cpu, i, a, result, i.lock));
		setFlags(cpu, FlagKind.INC, a, cpu.carry(), result);
	}

	private static void decrement(Cpu cpu, Instruction i) {
		long a;
		long result;
		do {
			a = Destination.read(cpu, i);
			result = Operands.signExtend(a - 1, i.operandSize);
		} while (!Destination.replace(cpu, i, a, result, i.lock));
		setFlags(cpu, FlagKind.DEC, a, cpu.carry(), result);
	}

	private static void negate(Cpu cpu, Instruction i) {
		long b;
		long result;
		do {
			b = Destination.read(cpu, i);
			result = Operands.signExtend(-b, i.operandSize);
		} while (!Destination.replace(cpu, i, b, result, i.lock));
		setFlags(cpu, FlagKind.SUB, 0, b, result);
	}
}
