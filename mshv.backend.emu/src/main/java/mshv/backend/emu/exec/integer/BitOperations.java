package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Single bits, bit scans and byte order. */
final class BitOperations {
	private BitOperations() {}

	static void register(HandlerTable table) {
		table.add(Opcode.BT, BitOperations::test);
		table.add(Opcode.BTS, BitOperations::set);
		table.add(Opcode.BTR, BitOperations::reset);
		table.add(Opcode.BTC, BitOperations::complement);
		table.add(Opcode.BSF, BitOperations::scanForward);
		table.add(Opcode.BSR, BitOperations::scanReverse);
		table.add(Opcode.BSWAP, BitOperations::swapBytes);
		table.add(Opcode.POPCNT, BitOperations::notOffered);
	}

	/** Linear address of the word that holds the bit: with a register as bit offset it may be far from the operand itself. */
	private static long address(Cpu cpu, Instruction i, long bit, boolean write) {
		int size = i.operandSize;
		long offset = Operands.offset(cpu, i);
		if (i.source == OperandKind.GPR) {
			offset = offset + (bit >> 3 & -size) & Operands.mask(i.addressSize);
		}
		return cpu.linear(i.segment, offset, size, write);
	}

	private static void setCarry(Cpu cpu, long carry) {
		cpu.setArithmeticFlags(cpu.arithmeticFlags() & ~Flag.CF | (int) carry & 1);
	}

	private static void test(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long bit = Arithmetic.signedSource(cpu, i);
		long value = i.destination == OperandKind.GPR
			? Operands.readRegister(cpu, i.destinationRegister, size)
			: cpu.read(address(cpu, i, bit, false), size);
		setCarry(cpu, value >>> (bit & 8 * size - 1));
	}

	private static void set(Cpu cpu, Instruction i) {
		change(cpu, i, -1, 0);
	}

	private static void reset(Cpu cpu, Instruction i) {
		change(cpu, i, 0, 0);
	}

	private static void complement(Cpu cpu, Instruction i) {
		change(cpu, i, 0, -1);
	}

	/** Replaces the bit by {@code set | bit & flip ^ flip}, where both are all-ones or zero: 1, 0 or its complement. */
	private static void change(Cpu cpu, Instruction i, long set, long flip) {
		int size = i.operandSize;
		long bit = Arithmetic.signedSource(cpu, i);
		int place = (int) bit & 8 * size - 1;
		long mask = 1L << place;
		long old;
		if (i.destination == OperandKind.GPR) {
			old = Operands.readRegister(cpu, i.destinationRegister, size);
			Operands.writeRegister(cpu, i.destinationRegister, size, changed(old, mask, set, flip));
		} else {
			long address = address(cpu, i, bit, true);
			do {
				old = cpu.readForWrite(address, size);
			} while (!Destination.replace(cpu, address, size, old, changed(old, mask, set, flip), i.lock));
		}
		setCarry(cpu, old >>> place);
	}

	private static long changed(long old, long mask, long set, long flip) {
		return old & ~mask | (set | ~old & flip) & mask;
	}

	private static void scanForward(Cpu cpu, Instruction i) {
		long source = Operands.source(cpu, i);
		scanned(cpu, i, source, Long.numberOfTrailingZeros(source));
	}

	private static void scanReverse(Cpu cpu, Instruction i) {
		long source = Operands.source(cpu, i);
		scanned(cpu, i, source, 63 - Long.numberOfLeadingZeros(source));
	}

	/** ZF tells a source of zero, which leaves the destination alone. The other flags are undefined and cleared. */
	private static void scanned(Cpu cpu, Instruction i, long source, int index) {
		if (source != 0) {
			Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, index);
		}
		cpu.setArithmeticFlags(source == 0 ? Flag.ZF : 0);
	}

	/** With 16 bits undefined; processors clear them. */
	private static void swapBytes(Cpu cpu, Instruction i) {
		int register = i.destinationRegister;
		long value = cpu.r[register];
		Operands.writeRegister(cpu, register, i.operandSize, switch (i.operandSize) {
			case 8 -> Long.reverseBytes(value);
			case 4 -> Integer.reverseBytes((int) value);
			default -> 0;
		});
	}

	private static void notOffered(Cpu cpu, Instruction i) {
		throw cpu.raise(Vector.UD);
	}
}
