package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.X87Unit;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;

/** Memory operands of x87 instructions. */
final class FloatOperands {
	private FloatOperands() {}

	/** How the bits of a memory operand become the result of the unit's context. */
	@FunctionalInterface
	interface Format {
		/** @param bits the operand, zero-extended
		 * @param size its bytes */
		void widen(X87Unit unit, long bits, int size);
	}

	/** @return the bits of an operand of 2, 4 or 8 bytes */
	static long read(Cpu cpu, Instruction i) {
		return cpu.read(Operands.address(cpu, i, i.operandSize, false), i.operandSize);
	}

	/** Operand of an arithmetic instruction: a single or double precision number. */
	static void widenFloat(X87Unit unit, long bits, int size) {
		if (size == 4) {
			unit.conversions.widenFloat32((int) bits);
		} else {
			unit.conversions.widenFloat64(bits);
		}
	}

	/** Operand of FLD: a single or double precision number. */
	static void loadFloat(X87Unit unit, long bits, int size) {
		if (size == 4) {
			unit.conversions.fromFloat32((int) bits);
		} else {
			unit.conversions.fromFloat64(bits);
		}
	}

	/** A signed integer. */
	static void loadInteger(X87Unit unit, long bits, int size) {
		unit.conversions.fromInteger(Operands.signExtend(bits, size));
	}

	/** Stores 10 bytes, all or nothing. @param really false if they are only to be probed */
	static void store(Cpu cpu, Instruction i, boolean really, int high, long low) {
		long address = Operands.address(cpu, i, 10, true);
		if (!really || (address & 4095) > 4096 - 10) {
			cpu.readForWrite(address, 8);
			cpu.readForWrite(address + 8, 2);
		}
		if (really) {
			cpu.writeQword(address, low);
			cpu.writeWord(address + 8, high);
		}
	}
}
