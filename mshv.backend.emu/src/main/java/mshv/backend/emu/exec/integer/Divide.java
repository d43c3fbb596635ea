package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Division. The flags, all undefined, stay as they are. */
final class Divide {
	private Divide() {}

	static void register(HandlerTable table) {
		table.add(Opcode.DIV, Divide::unsigned);
		table.add(Opcode.IDIV, Divide::signed);
	}

	/** @return the dividend of a division by 1, 2 or 4 bytes, zero-extended */
	private static long dividend(Cpu cpu, int size) {
		if (size == 1) {
			return cpu.r[Cpu.RAX] & 0xFFFF;
		}
		return Operands.readRegister(cpu, Cpu.RDX, size) << 8 * size | Operands.readRegister(cpu, Cpu.RAX, size);
	}

	private static void writeResult(Cpu cpu, int size, long quotient, long remainder) {
		if (size == 1) {
			Operands.writeRegister(cpu, Cpu.RAX, 2, quotient & 0xFF | remainder << 8);
		} else {
			Operands.writeRegister(cpu, Cpu.RAX, size, quotient);
			Operands.writeRegister(cpu, Cpu.RDX, size, remainder);
		}
	}

	private static void unsigned(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long divisor = Operands.destination(cpu, i);
		if (size == 8) {
			unsigned64(cpu, divisor);
			return;
		}
		if (divisor == 0) {
			throw cpu.raise(Vector.DE);
		}
		long dividend = dividend(cpu, size);
		long quotient = Long.divideUnsigned(dividend, divisor);
		if (quotient >>> 8 * size != 0) {
			throw cpu.raise(Vector.DE);
		}
		writeResult(cpu, size, quotient, dividend - quotient * divisor);
	}

	private static void unsigned64(Cpu cpu, long divisor) {
		long high = cpu.r[Cpu.RDX];
		long low = cpu.r[Cpu.RAX];
		if (Long.compareUnsigned(high, divisor) >= 0) {
			throw cpu.raise(Vector.DE);
		}
		long quotient = high == 0 ? Long.divideUnsigned(low, divisor) : divideWide(high, low, divisor);
		cpu.r[Cpu.RAX] = quotient;
		cpu.r[Cpu.RDX] = low - quotient * divisor;
	}

	private static void signed(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long divisor = Operands.signExtend(Operands.destination(cpu, i), size);
		if (divisor == 0) {
			throw cpu.raise(Vector.DE);
		}
		if (size == 8) {
			signed64(cpu, divisor);
			return;
		}
		long dividend = Operands.signExtend(dividend(cpu, size), 2 * size);
		// The most negative dividend over -1 overflows in Java too, to a quotient that is refused here.
		long quotient = dividend / divisor;
		if (Operands.signExtend(quotient, size) != quotient) {
			throw cpu.raise(Vector.DE);
		}
		writeResult(cpu, size, quotient, dividend - quotient * divisor);
	}

	private static void signed64(Cpu cpu, long divisor) {
		long high = cpu.r[Cpu.RDX];
		long low = cpu.r[Cpu.RAX];
		long quotient;
		if (high == low >> 63) {
			if (low == Long.MIN_VALUE && divisor == -1) {
				throw cpu.raise(Vector.DE);
			}
			quotient = low / divisor;
		} else {
			boolean negativeDividend = high < 0;
			long highMagnitude = negativeDividend ? ~high + (low == 0 ? 1 : 0) : high;
			long lowMagnitude = negativeDividend ? -low : low;
			long magnitude = Math.abs(divisor);
			if (Long.compareUnsigned(highMagnitude, magnitude) >= 0) {
				throw cpu.raise(Vector.DE);
			}
			long quotientMagnitude = divideWide(highMagnitude, lowMagnitude, magnitude);
			boolean negative = negativeDividend != divisor < 0;
			quotient = negative ? -quotientMagnitude : quotientMagnitude;
			if (quotientMagnitude != 0 && quotient < 0 != negative) {
				throw cpu.raise(Vector.DE);
			}
		}
		cpu.r[Cpu.RAX] = quotient;
		cpu.r[Cpu.RDX] = low - quotient * divisor;
	}

	/**
	 * Schoolbook division in base 2<sup>32</sup>, two quotient digits (Knuth, TAOCP vol. 2, 4.3.1, algorithm D).
	 *
	 * @return the quotient of the unsigned 128-bit dividend, which fits: {@code high} is below {@code divisor}
	 */
	static long divideWide(long high, long low, long divisor) {
		int shift = Long.numberOfLeadingZeros(divisor);
		long d = divisor << shift;
		long upper = shift == 0 ? high : high << shift | low >>> 64 - shift;
		long lower = low << shift;
		long first = digit(upper, lower >>> 32, d);
		long rest = (upper << 32 | lower >>> 32) - first * d;
		return first << 32 | digit(rest, lower & 0xFFFFFFFFL, d);
	}

	/** @return the quotient digit of (upper · 2<sup>32</sup> + next) / d, where d has bit 63 set and upper is below d */
	private static long digit(long upper, long next, long d) {
		long dHigh = d >>> 32;
		long dLow = d & 0xFFFFFFFFL;
		long estimate = Long.divideUnsigned(upper, dHigh);
		long rest = upper - estimate * dHigh;
		// The estimate is at most 2 too large, and its product with dLow below 2^64.
		while (Long.compareUnsigned(estimate * dLow, rest << 32 | next) > 0) {
			estimate--;
			rest += dHigh;
			if (rest >>> 32 != 0) {
				break;
			}
		}
		return estimate;
	}
}
