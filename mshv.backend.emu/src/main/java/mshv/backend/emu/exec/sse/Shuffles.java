package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Packing, unpacking and shuffling of elements. */
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
		table.add(Opcode.PUNPCKLBW, unpackLow(Shuffles::interleaveBytes));
		table.add(Opcode.PUNPCKLWD, unpackLow(Shuffles::interleaveWords));
		table.add(Opcode.PUNPCKLDQ, unpackLow(Shuffles::interleaveDwords));
		table.add(Opcode.PUNPCKHBW, unpackHigh(Shuffles::interleaveBytes));
		table.add(Opcode.PUNPCKHWD, unpackHigh(Shuffles::interleaveWords));
		table.add(Opcode.PUNPCKHDQ, unpackHigh(Shuffles::interleaveDwords));
		table.add(Opcode.UNPCKLPS, unpackLow(Shuffles::interleaveDwords));
		table.add(Opcode.UNPCKHPS, unpackHigh(Shuffles::interleaveDwords));
		for (Opcode opcode : new Opcode[] {Opcode.PUNPCKLQDQ, Opcode.UNPCKLPD}) {
			table.add(opcode, whole((xmm, d, low, high, n) -> xmm[d + 1] = low));
		}
		for (Opcode opcode : new Opcode[] {Opcode.PUNPCKHQDQ, Opcode.UNPCKHPD}) {
			table.add(opcode, whole((xmm, d, low, high, n) -> {
				xmm[d] = xmm[d + 1];
				xmm[d + 1] = high;
			}));
		}
		table.add(Opcode.PACKSSWB, pack((a, b) -> packWords(a, b, -128, 127)));
		table.add(Opcode.PACKUSWB, pack((a, b) -> packWords(a, b, 0, 255)));
		table.add(Opcode.PACKSSDW, pack(Shuffles::packDwords));
		table.add(Opcode.PSHUFD, whole((xmm, d, low, high, n) -> {
			xmm[d] = dword(low, high, n) | dword(low, high, n >> 2) << 32;
			xmm[d + 1] = dword(low, high, n >> 4) | dword(low, high, n >> 6) << 32;
		}));
		table.add(Opcode.PSHUFLW, whole((xmm, d, low, high, n) -> {
			xmm[d] = shuffleWords(low, n);
			xmm[d + 1] = high;
		}));
		table.add(Opcode.PSHUFHW, whole((xmm, d, low, high, n) -> {
			xmm[d] = low;
			xmm[d + 1] = shuffleWords(high, n);
		}));
		table.add(Opcode.PSHUFW, (cpu, i) -> {
			VectorOperands.checkMmx(cpu);
			VectorOperands.writeMmx(cpu, i.destinationRegister, shuffleWords(VectorOperands.mmxSource(cpu, i, 8), (int) i.immediate));
		});
		table.add(Opcode.SHUFPS, whole((xmm, d, low, high, n) -> {
			long a = dword(xmm[d], xmm[d + 1], n) | dword(xmm[d], xmm[d + 1], n >> 2) << 32;
			xmm[d + 1] = dword(low, high, n >> 4) | dword(low, high, n >> 6) << 32;
			xmm[d] = a;
		}));
		table.add(Opcode.SHUFPD, whole((xmm, d, low, high, n) -> {
			xmm[d] = (n & 1) != 0 ? xmm[d + 1] : xmm[d];
			xmm[d + 1] = (n & 2) != 0 ? high : low;
		}));
	}

	/** Interleaves the low four bytes of both operands. */
	private static long interleaveBytes(long a, long b) {
		return Long.expand(a, 0x00FF00FF00FF00FFL) | Long.expand(b, 0xFF00FF00FF00FF00L);
	}

	private static long interleaveWords(long a, long b) {
		return Long.expand(a, 0x0000FFFF0000FFFFL) | Long.expand(b, 0xFFFF0000FFFF0000L);
	}

	private static long interleaveDwords(long a, long b) {
		return a & 0xFFFFFFFFL | b << 32;
	}

	private static long dword(long low, long high, int element) {
		long half = (element & 2) != 0 ? high : low;
		return (element & 1) != 0 ? half >>> 32 : half & 0xFFFFFFFFL;
	}

	private static long shuffleWords(long source, int order) {
		long result = 0;
		for (int n = 0; n < 4; n++) {
			result |= (source >>> 16 * (order >> 2 * n & 3) & 0xFFFF) << 16 * n;
		}
		return result;
	}

	private static long packWords(long a, long b, int least, int most) {
		long result = 0;
		for (int n = 0; n < 4; n++) {
			result |= (Math.clamp((short) (a >>> 16 * n), least, most) & 0xFFL) << 8 * n;
			result |= (Math.clamp((short) (b >>> 16 * n), least, most) & 0xFFL) << 32 + 8 * n;
		}
		return result;
	}

	private static long packDwords(long a, long b) {
		return Lanes.saturateWord((int) a) & 0xFFFFL | (Lanes.saturateWord((int) (a >>> 32)) & 0xFFFFL) << 16
			| (Lanes.saturateWord((int) b) & 0xFFFFL) << 32 | (Lanes.saturateWord((int) (b >>> 32)) & 0xFFFFL) << 48;
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
