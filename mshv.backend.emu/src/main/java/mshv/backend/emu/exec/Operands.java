package mshv.backend.emu.exec;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/** Integer operands of an instruction: general-purpose registers, memory and immediates. Values are zero-extended unless said. */
public final class Operands {
	private Operands() {}

	/** @param size 1, 2, 4 or 8 bytes
	 * @return all-ones in the low {@code size} bytes */
	public static long mask(int size) {
		return -1L >>> 64 - 8 * size;
	}

	/** @return the low {@code size} bytes of a value, sign-extended to 64 bits */
	public static long signExtend(long value, int size) {
		int unused = 64 - 8 * size;
		return value << unused >> unused;
	}

	/** @return effective address of the memory operand: its offset in the segment, cut to the address size */
	public static long offset(Cpu cpu, Instruction i) {
		long offset = cpu.r[i.base] + (cpu.r[i.index] << i.scale) + i.displacement;
		return i.addressSize == 8 ? offset : offset & mask(i.addressSize);
	}

	/** @return linear address of the memory operand, checked against its segment for an access of {@code size} bytes */
	public static long address(Cpu cpu, Instruction i, int size, boolean write) {
		return cpu.linear(i.segment, offset(cpu, i), size, write);
	}

	/** @param register 0 to 15, or with size 1 also 16 to 19 for AH, CH, DH, BH
	 * @return the register's low {@code size} bytes */
	public static long readRegister(Cpu cpu, int register, int size) {
		if (size == 1 && register >= 16) {
			return cpu.r[register - 16] >>> 8 & 0xFF;
		}
		return cpu.r[register] & mask(size);
	}

	/** Writes a register: 4 bytes clear the upper half, 1 and 2 leave the rest alone. */
	public static void writeRegister(Cpu cpu, int register, int size, long value) {
		long[] r = cpu.r;
		switch (size) {
			case 8 -> r[register] = value;
			case 4 -> r[register] = value & 0xFFFFFFFFL;
			case 2 -> r[register] = r[register] & ~0xFFFFL | value & 0xFFFF;
			default -> {
				if (register >= 16) {
					r[register - 16] = r[register - 16] & ~0xFF00L | (value & 0xFF) << 8;
				} else {
					r[register] = r[register] & ~0xFFL | value & 0xFF;
				}
			}
		}
	}

	/** @return the source operand, {@link Instruction#sourceSize} bytes of it; an immediate as it was extended by the decoder */
	public static long source(Cpu cpu, Instruction i) {
		return switch (i.source) {
			case GPR -> readRegister(cpu, i.sourceRegister, i.sourceSize);
			case MEMORY -> cpu.read(address(cpu, i, i.sourceSize, false), i.sourceSize);
			case IMMEDIATE -> i.immediate;
			default -> throw new IllegalStateException("not an integer source: " + i.source);
		};
	}

	/** @return the destination operand's present value, for an instruction that only reads it */
	public static long destination(Cpu cpu, Instruction i) {
		return i.destination == OperandKind.GPR
			? readRegister(cpu, i.destinationRegister, i.operandSize)
			: cpu.read(address(cpu, i, i.operandSize, false), i.operandSize);
	}

	/** Writes the destination operand of an instruction that does not read it. */
	public static void writeDestination(Cpu cpu, Instruction i, long value) {
		if (i.destination == OperandKind.GPR) {
			writeRegister(cpu, i.destinationRegister, i.operandSize, value);
		} else {
			cpu.write(address(cpu, i, i.operandSize, true), i.operandSize, value);
		}
	}
}
