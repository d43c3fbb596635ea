package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Bitwise operations. */
final class Logic {
	private Logic() {}

	static void register(HandlerTable table) {
		table.add(Opcode.AND, Logic::and);
		table.add(Opcode.OR, Logic::or);
		table.add(Opcode.XOR, Logic::xor);
		table.add(Opcode.TEST, Logic::test);
		table.add(Opcode.NOT, Logic::not);
	}

	/** Defines the flags as a bitwise operation does. @param result sign-extended */
	static void setFlags(Cpu cpu, long result) {
		cpu.flagKind = FlagKind.LOGIC;
		cpu.flagResult = result;
	}

	private static void and(Cpu cpu, Instruction i) {
		long b = Arithmetic.signedSource(cpu, i);
		long a;
		do {
			a = Destination.read(cpu, i);
		} while (!Destination.replace(cpu, i, a, a & b, i.lock));
		setFlags(cpu, a & b);
	}

	private static void or(Cpu cpu, Instruction i) {
		long b = Arithmetic.signedSource(cpu, i);
		long a;
		do {
			a = Destination.read(cpu, i);
		} while (!Destination.replace(cpu, i, a, a | b, i.lock));
		setFlags(cpu, a | b);
	}

	private static void xor(Cpu cpu, Instruction i) {
		long b = Arithmetic.signedSource(cpu, i);
		long a;
		do {
			a = Destination.read(cpu, i);
		} while (!Destination.replace(cpu, i, a, a ^ b, i.lock));
		setFlags(cpu, a ^ b);
	}

	private static void test(Cpu cpu, Instruction i) {
		long b = Arithmetic.signedSource(cpu, i);
		setFlags(cpu, Operands.signExtend(Operands.destination(cpu, i), i.operandSize) & b);
	}

	private static void not(Cpu cpu, Instruction i) {
		long a;
		do {
			a = Destination.read(cpu, i);
		} while (!Destination.replace(cpu, i, a, ~a, i.lock));
	}
}
