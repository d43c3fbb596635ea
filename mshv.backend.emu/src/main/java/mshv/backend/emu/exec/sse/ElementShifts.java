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
		table.add(Opcode.PSLLW, shift((v, n) -> n > 15 ? 0 : v << n & words(0xFFFF << n)));
		table.add(Opcode.PSLLD, shift((v, n) -> n > 31 ? 0 : v << n & dwords(-1 << n)));
		table.add(Opcode.PSLLQ, shift((v, n) -> n > 63 ? 0 : v << n));
		table.add(Opcode.PSRLW, shift((v, n) -> n > 15 ? 0 : v >>> n & words(0xFFFF >> n)));
		table.add(Opcode.PSRLD, shift((v, n) -> n > 31 ? 0 : v >>> n & dwords(-1 >>> n)));
		table.add(Opcode.PSRLQ, shift((v, n) -> n > 63 ? 0 : v >>> n));
		table.add(Opcode.PSRAW, shift((v, n) -> Lanes.words(v, 0, (a, b) -> a >> Math.min(n, 15))));
		table.add(Opcode.PSRAD, shift((v, n) -> Lanes.dwords(v, 0, (a, b) -> a >> Math.min(n, 31))));
		table.add(Opcode.PSLLDQ, ElementShifts::bytesLeft);
		table.add(Opcode.PSRLDQ, ElementShifts::bytesRight);
	}

	private static long words(int word) {
		return (word & 0xFFFFL) * 0x0001000100010001L;
	}

	private static long dwords(int dword) {
		return (dword & 0xFFFFFFFFL) * 0x0000000100000001L;
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
