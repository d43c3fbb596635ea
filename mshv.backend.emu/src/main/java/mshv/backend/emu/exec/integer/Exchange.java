package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Exchanges, plain and conditional. XCHG with memory is atomic without a LOCK prefix too. */
final class Exchange {
	private Exchange() {}

	static void register(HandlerTable table) {
		table.add(Opcode.XCHG, Exchange::exchange);
		table.add(Opcode.XADD, Exchange::exchangeAndAdd);
		table.add(Opcode.CMPXCHG, Exchange::compareAndExchange);
		table.add(Opcode.CMPXCHG8B, Exchange::compareAndExchange8Bytes);
		table.add(Opcode.CMPXCHG16B, Exchange::notOffered);
	}

	private static void exchange(Cpu cpu, Instruction i) {
		long source = Operands.readRegister(cpu, i.sourceRegister, i.operandSize);
		long old;
		do {
			old = Destination.read(cpu, i);
		} while (!Destination.replace(cpu, i, old, source, true));
		Operands.writeRegister(cpu, i.sourceRegister, i.operandSize, old);
	}

	private static void exchangeAndAdd(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long b = Arithmetic.signedSource(cpu, i);
		long a;
		long result;
		if (i.destination == OperandKind.GPR) {
			a = Destination.read(cpu, i);
			result = Operands.signExtend(a + b, size);
			// In this order: with one register for both, the sum stays.
			Operands.writeRegister(cpu, i.sourceRegister, size, a);
			Operands.writeRegister(cpu, i.destinationRegister, size, result);
		} else {
			do {
				a = Destination.read(cpu, i);
				result = Operands.signExtend(a + b, size);
			} while (!Destination.replace(cpu, i, a, result, i.lock));
			Operands.writeRegister(cpu, i.sourceRegister, size, a);
		}
		Arithmetic.setFlags(cpu, FlagKind.ADD, a, b, result);
	}

	/** If the comparison fails, memory is written with its old value, and a register is not written at all. */
	private static void compareAndExchange(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		boolean memory = i.destination == OperandKind.MEMORY;
		long source = Operands.readRegister(cpu, i.sourceRegister, size);
		long accumulator = Operands.signExtend(cpu.r[Cpu.RAX], size);
		long old;
		boolean equal;
		boolean done;
		do {
			old = Destination.read(cpu, i);
			equal = old == accumulator;
			done = !equal && !memory || Destination.replace(cpu, i, old, equal ? source : old, i.lock);
		} while (!done);
		if (!equal) {
			Operands.writeRegister(cpu, Cpu.RAX, size, old);
		}
		Arithmetic.setFlags(cpu, FlagKind.SUB, accumulator, old, Operands.signExtend(accumulator - old, size));
	}

	private static void compareAndExchange8Bytes(Cpu cpu, Instruction i) {
		long[] r = cpu.r;
		long address = Operands.address(cpu, i, 8, true);
		long expected = r[Cpu.RDX] << 32 | r[Cpu.RAX] & 0xFFFFFFFFL;
		long replacement = r[Cpu.RCX] << 32 | r[Cpu.RBX] & 0xFFFFFFFFL;
		long old;
		do {
			old = cpu.readForWrite(address, 8);
		} while (!Destination.replace(cpu, address, 8, old, old == expected ? replacement : old, i.lock));
		int flags = cpu.arithmeticFlags() & ~Flag.ZF;
		if (old == expected) {
			flags |= Flag.ZF;
		} else {
			r[Cpu.RAX] = old & 0xFFFFFFFFL;
			r[Cpu.RDX] = old >>> 32;
		}
		cpu.setArithmeticFlags(flags);
	}

	private static void notOffered(Cpu cpu, Instruction i) {
		throw cpu.raise(Vector.UD);
	}
}
