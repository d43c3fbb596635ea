package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Packing, unpacking and shuffling of elements, by {@link Permutations}. */
final class Shuffles {
	private Shuffles() {}

	/** A 64-bit result of two 64-bit operands. */
	@FunctionalInterface
	private interface Half {
		long apply(long a, long b);
	}

	/** Writes a register from its old halves, the source's halves and the immediate. */
	@FunctionalInterface
	private interface Whole {
		void apply(long[] xmm, int d, long low, long high, int immediate);
	}

	static void register(HandlerTable table) {
		table.add(Opcode.PUNPCKLBW, unpackLow(Permutations::interleaveBytes));
		table.add(Opcode.PUNPCKLWD, unpackLow(Permutations::interleaveWords));
		table.add(Opcode.PUNPCKLDQ, unpackLow(Permutations::interleaveDwords));
		table.add(Opcode.PUNPCKHBW, unpackHigh(Permutations::interleaveBytes));
		table.add(Opcode.PUNPCKHWD, unpackHigh(Permutations::interleaveWords));
		table.add(Opcode.PUNPCKHDQ, unpackHigh(Permutations::interleaveDwords));
		table.add(Opcode.UNPCKLPS, unpackLow(Permutations::interleaveDwords));
		table.add(Opcode.UNPCKHPS, unpackHigh(Permutations::interleaveDwords));
		for (Opcode opcode : new Opcode[] {Opcode.PUNPCKLQDQ, Opcode.UNPCKLPD}) {
			table.add(opcode, whole((xmm, d, low, high, n) -> xmm[d + 1] = low));
		}
		for (Opcode opcode : new Opcode[] {Opcode.PUNPCKHQDQ, Opcode.UNPCKHPD}) {
			table.add(opcode, whole((xmm, d, low, high, n) -> {
				xmm[d] = xmm[d + 1];
				xmm[d + 1] = high;
			}));
		}
		table.add(Opcode.PACKSSWB, pack(Permutations::packsswb));
		table.add(Opcode.PACKUSWB, pack(Permutations::packuswb));
		table.add(Opcode.PACKSSDW, pack(Permutations::packssdw));
		table.add(Opcode.PSHUFD, whole((xmm, d, low, high, n) -> {
			xmm[d] = Permutations.dwords(low, high, n);
			xmm[d + 1] = Permutations.dwords(low, high, n >> 4);
		}));
		table.add(Opcode.PSHUFLW, whole((xmm, d, low, high, n) -> {
			xmm[d] = Permutations.words(low, n);
			xmm[d + 1] = high;
		}));
		table.add(Opcode.PSHUFHW, whole((xmm, d, low, high, n) -> {
			xmm[d] = low;
			xmm[d + 1] = Permutations.words(high, n);
		}));
		table.add(Opcode.PSHUFW, (cpu, i) -> {
			VectorOperands.checkMmx(cpu);
			VectorOperands.writeMmx(cpu, i.destinationRegister, Permutations.words(VectorOperands.mmxSource(cpu, i, 8), (int) i.immediate));
		});
		table.add(Opcode.SHUFPS, whole((xmm, d, low, high, n) -> {
			long a = Permutations.dwords(xmm[d], xmm[d + 1], n);
			xmm[d + 1] = Permutations.dwords(low, high, n >> 4);
			xmm[d] = a;
		}));
		table.add(Opcode.SHUFPD, whole((xmm, d, low, high, n) -> {
			xmm[d] = (n & 1) != 0 ? xmm[d + 1] : xmm[d];
			xmm[d + 1] = (n & 2) != 0 ? high : low;
		}));
	}

	/** MMX: low halves of 64 bits, of which the source's memory form reads four bytes; XMM: low halves of 128. */
	private static Handler unpackLow(Half f) {
		return (cpu, i) -> {
			if (i.destination == OperandKind.MMX) {
				VectorOperands.checkMmx(cpu);
				long b = VectorOperands.mmxSource(cpu, i, 4);
				VectorOperands.writeMmx(cpu, i.destinationRegister, f.apply(cpu.fpu.significand[i.destinationRegister], b));
			} else {
				VectorOperands.checkSse(cpu);
				interleave(cpu, 2 * i.destinationRegister, cpu.xmm[2 * i.destinationRegister], VectorOperands.low(cpu, i, true), f);
			}
		};
	}

	private static Handler unpackHigh(Half f) {
		return (cpu, i) -> {
			if (i.destination == OperandKind.MMX) {
				VectorOperands.checkMmx(cpu);
				long b = VectorOperands.mmxSource(cpu, i, 8) >>> 32;
				VectorOperands.writeMmx(cpu, i.destinationRegister, f.apply(cpu.fpu.significand[i.destinationRegister] >>> 32, b));
			} else {
				VectorOperands.checkSse(cpu);
				VectorOperands.low(cpu, i, true);
				interleave(cpu, 2 * i.destinationRegister, cpu.xmm[2 * i.destinationRegister + 1], VectorOperands.high(cpu, i), f);
			}
		};
	}

	private static void interleave(Cpu cpu, int d, long a, long b, Half f) {
		cpu.xmm[d] = f.apply(a, b);
		cpu.xmm[d + 1] = f.apply(a >>> 32, b >>> 32);
	}

	private static Handler pack(Half f) {
		return (cpu, i) -> {
			if (i.destination == OperandKind.MMX) {
				VectorOperands.checkMmx(cpu);
				long b = VectorOperands.mmxSource(cpu, i, 8);
				VectorOperands.writeMmx(cpu, i.destinationRegister, f.apply(cpu.fpu.significand[i.destinationRegister], b));
			} else {
				VectorOperands.checkSse(cpu);
				int d = 2 * i.destinationRegister;
				long low = VectorOperands.low(cpu, i, true);
				long high = VectorOperands.high(cpu, i);
				cpu.xmm[d] = f.apply(cpu.xmm[d], cpu.xmm[d + 1]);
				cpu.xmm[d + 1] = f.apply(low, high);
			}
		};
	}

	private static Handler whole(Whole f) {
		return (cpu, i) -> {
			VectorOperands.checkSse(cpu);
			long low = VectorOperands.low(cpu, i, true);
			f.apply(cpu.xmm, 2 * i.destinationRegister, low, VectorOperands.high(cpu, i), (int) i.immediate);
		};
	}
}
