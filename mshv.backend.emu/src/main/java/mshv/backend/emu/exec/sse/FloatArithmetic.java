package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.SseUnit;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Opcode;

/** Arithmetic on packed and scalar floating-point elements. */
final class FloatArithmetic {
	private FloatArithmetic() {}

	/** An operation on two single-precision elements. */
	@FunctionalInterface
	interface Single {
		int apply(SseUnit unit, int a, int b);
	}

	/** An operation on two double-precision elements. */
	@FunctionalInterface
	interface Double {
		long apply(SseUnit unit, long a, long b);
	}

	static void register(HandlerTable table) {
		four(table, Opcode.ADDPS, Opcode.ADDPD, Opcode.ADDSS, Opcode.ADDSD, (u, a, b) -> u.arithmetic.add32(a, b),
			(u, a, b) -> u.arithmetic.add64(a, b));
		four(table, Opcode.SUBPS, Opcode.SUBPD, Opcode.SUBSS, Opcode.SUBSD, (u, a, b) -> u.arithmetic.subtract32(a, b),
			(u, a, b) -> u.arithmetic.subtract64(a, b));
		four(table, Opcode.MULPS, Opcode.MULPD, Opcode.MULSS, Opcode.MULSD, (u, a, b) -> u.arithmetic.multiply32(a, b),
			(u, a, b) -> u.arithmetic.multiply64(a, b));
		four(table, Opcode.DIVPS, Opcode.DIVPD, Opcode.DIVSS, Opcode.DIVSD, (u, a, b) -> u.arithmetic.divide32(a, b),
			(u, a, b) -> u.arithmetic.divide64(a, b));
		four(table, Opcode.MINPS, Opcode.MINPD, Opcode.MINSS, Opcode.MINSD, (u, a, b) -> u.comparison.minimum32(a, b),
			(u, a, b) -> u.comparison.minimum64(a, b));
		four(table, Opcode.MAXPS, Opcode.MAXPD, Opcode.MAXSS, Opcode.MAXSD, (u, a, b) -> u.comparison.maximum32(a, b),
			(u, a, b) -> u.comparison.maximum64(a, b));
		four(table, Opcode.SQRTPS, Opcode.SQRTPD, Opcode.SQRTSS, Opcode.SQRTSD, (u, a, b) -> u.arithmetic.squareRoot32(b),
			(u, a, b) -> u.arithmetic.squareRoot64(b));
		table.add(Opcode.RCPPS, packedSingle((u, a, b) -> reciprocal(b)));
		table.add(Opcode.RCPSS, scalarSingle((u, a, b) -> reciprocal(b)));
		table.add(Opcode.RSQRTPS, packedSingle((u, a, b) -> reciprocalRoot(b)));
		table.add(Opcode.RSQRTSS, scalarSingle((u, a, b) -> reciprocalRoot(b)));
	}

	private static void four(HandlerTable table, Opcode packedSingle, Opcode packedDouble, Opcode scalarSingle, Opcode scalarDouble,
			Single single, Double twice) {
		table.add(packedSingle, packedSingle(single));
		table.add(packedDouble, packedDouble(twice));
		table.add(scalarSingle, scalarSingle(single));
		table.add(scalarDouble, scalarDouble(twice));
	}

	/** RCP: the architecture asks for 12 bits; denormals count as zero, no exceptions. */
	private static int reciprocal(int bits) {
		if ((bits & 0x7F800000) == 0) {
			return bits & 0x80000000 | 0x7F800000;
		}
		float value = Float.intBitsToFloat(bits);
		if (Float.isNaN(value)) {
			return bits | 0x00400000;
		}
		int result = Float.floatToRawIntBits(1 / value);
		return (result & 0x7F800000) == 0 ? result & 0x80000000 : result;
	}

	/** RSQRT: as RCP. */
	private static int reciprocalRoot(int bits) {
		if ((bits & 0x7F800000) == 0) {
			return bits & 0x80000000 | 0x7F800000;
		}
		float value = Float.intBitsToFloat(bits);
		if (Float.isNaN(value)) {
			return bits | 0x00400000;
		}
		if (value < 0) {
			return 0xFFC00000;
		}
		return Float.floatToRawIntBits((float) (1 / Math.sqrt(value)));
	}

	private static long singles(SseUnit unit, Single f, long a, long b) {
		int low = f.apply(unit, (int) a, (int) b);
		return low & 0xFFFFFFFFL | (long) f.apply(unit, (int) (a >>> 32), (int) (b >>> 32)) << 32;
	}

	private static Handler packedSingle(Single f) {
		return (cpu, i) -> {
			VectorOperands.checkSse(cpu);
			long low = VectorOperands.low(cpu, i, true);
			long high = VectorOperands.high(cpu, i);
			int d = 2 * i.destinationRegister;
			long lowResult = singles(cpu.sse, f, cpu.xmm[d], low);
			long highResult = singles(cpu.sse, f, cpu.xmm[d + 1], high);
			FloatResults.settle(cpu);
			cpu.xmm[d] = lowResult;
			cpu.xmm[d + 1] = highResult;
		};
	}

	private static Handler packedDouble(Double f) {
		return (cpu, i) -> {
			VectorOperands.checkSse(cpu);
			long low = VectorOperands.low(cpu, i, true);
			long high = VectorOperands.high(cpu, i);
			int d = 2 * i.destinationRegister;
			long lowResult = f.apply(cpu.sse, cpu.xmm[d], low);
			long highResult = f.apply(cpu.sse, cpu.xmm[d + 1], high);
			FloatResults.settle(cpu);
			cpu.xmm[d] = lowResult;
			cpu.xmm[d + 1] = highResult;
		};
	}

	private static Handler scalarSingle(Single f) {
		return (cpu, i) -> {
			VectorOperands.checkSse(cpu);
			int source = (int) VectorOperands.scalar(cpu, i, 4);
			int d = 2 * i.destinationRegister;
			int result = f.apply(cpu.sse, (int) cpu.xmm[d], source);
			FloatResults.settle(cpu);
			cpu.xmm[d] = cpu.xmm[d] & ~0xFFFFFFFFL | result & 0xFFFFFFFFL;
		};
	}

	private static Handler scalarDouble(Double f) {
		return (cpu, i) -> {
			VectorOperands.checkSse(cpu);
			long source = VectorOperands.scalar(cpu, i, 8);
			int d = 2 * i.destinationRegister;
			long result = f.apply(cpu.sse, cpu.xmm[d], source);
			FloatResults.settle(cpu);
			cpu.xmm[d] = result;
		};
	}
}
