package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Pushes and pops. */
final class Stack {
	private Stack() {}

	static void register(HandlerTable table) {
		table.add(Opcode.PUSH, Stack::push);
		table.add(Opcode.POP, Stack::pop);
		table.add(Opcode.PUSHA, Stack::pushAll);
		table.add(Opcode.POPA, Stack::popAll);
		table.add(Opcode.PUSHF, Stack::pushFlags);
		table.add(Opcode.POPF, Stack::popFlags);
	}

	private static void push(Cpu cpu, Instruction i) {
		boolean immediate = i.destination != OperandKind.GPR && i.destination != OperandKind.MEMORY;
		cpu.push(immediate ? i.immediate : Operands.destination(cpu, i), i.operandSize);
	}

	private static void pop(Cpu cpu, Instruction i) {
		if (i.destination == OperandKind.GPR) {
			// RSP as the destination gets the popped value, not the incremented pointer.
			long value = cpu.pop(i.operandSize);
			Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, value);
			return;
		}
		long pointer = cpu.r[Cpu.RSP];
		long value = cpu.pop(i.operandSize);
		try {
			// An address based on RSP uses the incremented pointer.
			Operands.writeDestination(cpu, i, value);
		} catch (GuestFault fault) {
			cpu.r[Cpu.RSP] = pointer;
			throw fault;
		}
	}

	private static void pushAll(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long mask = cpu.stackMask();
		long pointer = cpu.r[Cpu.RSP];
		for (int register = 0; register < 8; register++) {
			pointer = pointer - size & mask;
			cpu.write(cpu.linear(Segment.SS, pointer, size, true), size, cpu.r[register]);
		}
		cpu.setStackPointer(pointer);
	}

	/** The image of the stack pointer is skipped. */
	private static void popAll(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long di = cpu.peek(0, size);
		long si = cpu.peek(size, size);
		long bp = cpu.peek(2 * size, size);
		long bx = cpu.peek(4 * size, size);
		long dx = cpu.peek(5 * size, size);
		long cx = cpu.peek(6 * size, size);
		long ax = cpu.peek(7 * size, size);
		Operands.writeRegister(cpu, Cpu.RDI, size, di);
		Operands.writeRegister(cpu, Cpu.RSI, size, si);
		Operands.writeRegister(cpu, Cpu.RBP, size, bp);
		Operands.writeRegister(cpu, Cpu.RBX, size, bx);
		Operands.writeRegister(cpu, Cpu.RDX, size, dx);
		Operands.writeRegister(cpu, Cpu.RCX, size, cx);
		Operands.writeRegister(cpu, Cpu.RAX, size, ax);
		cpu.setStackPointer(cpu.r[Cpu.RSP] + 8 * size);
	}

	private static int ioPrivilege(Cpu cpu) {
		return (int) (cpu.systemFlags & Flag.IOPL) >> 12;
	}

	private static void checkVirtual8086(Cpu cpu) {
		if (cpu.virtual8086() && ioPrivilege(cpu) < 3) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	private static void pushFlags(Cpu cpu, Instruction i) {
		checkVirtual8086(cpu);
		cpu.push(cpu.rflags() & ~(Flag.VM | Flag.RF), i.operandSize);
	}

	private static void popFlags(Cpu cpu, Instruction i) {
		checkVirtual8086(cpu);
		long changeable = Flag.ALL | Flag.TF | Flag.DF | Flag.NT;
		if (i.operandSize != 2) {
			changeable |= Flag.AC | Flag.ID;
		}
		int privilege = cpu.virtual8086() ? 3 : cpu.protectedMode() ? cpu.cpl : 0;
		if (privilege <= ioPrivilege(cpu)) {
			changeable |= Flag.IF;
		}
		if (privilege == 0) {
			changeable |= Flag.IOPL;
		}
		long value = cpu.pop(i.operandSize);
		cpu.setRflags(cpu.rflags() & ~(changeable | Flag.RF) | value & changeable);
	}
}
