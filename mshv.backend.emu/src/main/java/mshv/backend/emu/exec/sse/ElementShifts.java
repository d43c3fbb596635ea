package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Shifts of elements and of whole XMM registers by bytes. */
final class ElementShifts {
	private ElementShifts() {}

	/** A shift of all elements of 64 bits by a count that is at most 64. */
	@FunctionalInterface
	private interface Shift {
		long apply(long value, int count);
	}

	static void register(HandlerTable table) {
		table.add(Opcode.PSLLW, shift(Lanes::psllw));
		table.add(Opcode.PSLLD, shift(Lanes::pslld));
		table.add(Opcode.PSLLQ, shift(Lanes::psllq));
		table.add(Opcode.PSRLW, shift(Lanes::psrlw));
		table.add(Opcode.PSRLD, shift(Lanes::psrld));
		table.add(Opcode.PSRLQ, shift(Lanes::psrlq));
		table.add(Opcode.PSRAW, shift(Lanes::psraw));
		table.add(Opcode.PSRAD, shift(Lanes::psrad));
		table.add(Opcode.PSLLDQ, ElementShifts::bytesLeft);
		table.add(Opcode.PSRLDQ, ElementShifts::bytesRight);
	}

	private static int limit(long count) {
		return Long.compareUnsigned(count, 64) > 0 ? 64 : (int) count;
	}

	private static Handler shift(Shift f) {
		return (cpu, i) -> {
			VectorOperands.check(cpu, i);
			if (i.destination == OperandKind.MMX) {
				long count = i.source == OperandKind.IMMEDIATE ? i.immediate & 0xFF : VectorOperands.mmxSource(cpu, i, 8);
				VectorOperands.writeMmx(cpu, i.destinationRegister, f.apply(cpu.fpu.significand[i.destinationRegister], limit(count)));
			} else {
				int d = 2 * i.destinationRegister;
				long count = i.source == OperandKind.IMMEDIATE ? i.immediate & 0xFF : VectorOperands.low(cpu, i, true);
				if (i.source == OperandKind.MEMORY) {
					VectorOperands.high(cpu, i);
				}
				cpu.xmm[d] = f.apply(cpu.xmm[d], limit(count));
				cpu.xmm[d + 1] = f.apply(cpu.xmm[d + 1], limit(count));
			}
		};
	}

	private static void bytesLeft(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int d = 2 * i.destinationRegister;
		int bits = 8 * (int) Math.min(i.immediate & 0xFF, 16);
		long low = cpu.xmm[d];
		long high = cpu.xmm[d + 1];
		if (bits >= 64) {
			cpu.xmm[d + 1] = bits == 128 ? 0 : low << bits - 64;
			cpu.xmm[d] = 0;
		} else if (bits > 0) {
			cpu.xmm[d + 1] = high << bits | low >>> 64 - bits;
			cpu.xmm[d] = low << bits;
		}
	}

	private static void bytesRight(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int d = 2 * i.destinationRegister;
		int bits = 8 * (int) Math.min(i.immediate & 0xFF, 16);
		long low = cpu.xmm[d];
		long high = cpu.xmm[d + 1];
		if (bits >= 64) {
			cpu.xmm[d] = bits == 128 ? 0 : high >>> bits - 64;
			cpu.xmm[d + 1] = 0;
		} else if (bits > 0) {
			cpu.xmm[d] = low >>> bits | high << 64 - bits;
			cpu.xmm[d + 1] = high >>> bits;
		}
	}
}
