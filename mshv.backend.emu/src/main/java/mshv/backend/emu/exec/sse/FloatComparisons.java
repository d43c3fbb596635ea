package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Comparisons into masks and into the flags. */
final class FloatComparisons {
	private FloatComparisons() {}

	static void register(HandlerTable table) {
		table.add(Opcode.CMPPS, FloatComparisons::packedSingle);
		table.add(Opcode.CMPPD, FloatComparisons::packedDouble);
		table.add(Opcode.CMPSS, FloatComparisons::scalarSingle);
		table.add(Opcode.CMPSD, FloatComparisons::scalarDouble);
		table.add(Opcode.COMISS, (cpu, i) -> flagsOfSingles(cpu, i, true));
		table.add(Opcode.UCOMISS, (cpu, i) -> flagsOfSingles(cpu, i, false));
		table.add(Opcode.COMISD, (cpu, i) -> flagsOfDoubles(cpu, i, true));
		table.add(Opcode.UCOMISD, (cpu, i) -> flagsOfDoubles(cpu, i, false));
	}

	private static int predicate(Instruction i) {
		return (int) i.immediate & 7;
	}

	private static long singles(Cpu cpu, long a, long b, int predicate) {
		long low = cpu.sse.comparison.test32((int) a, (int) b, predicate) ? 0xFFFFFFFFL : 0;
		return low | (cpu.sse.comparison.test32((int) (a >>> 32), (int) (b >>> 32), predicate) ? 0xFFFFFFFF00000000L : 0);
	}

	private static void packedSingle(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		long low = VectorOperands.low(cpu, i, true);
		long high = VectorOperands.high(cpu, i);
		int d = 2 * i.destinationRegister;
		long lowResult = singles(cpu, cpu.xmm[d], low, predicate(i));
		long highResult = singles(cpu, cpu.xmm[d + 1], high, predicate(i));
		FloatResults.settle(cpu);
		cpu.xmm[d] = lowResult;
		cpu.xmm[d + 1] = highResult;
	}

	private static void packedDouble(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		long low = VectorOperands.low(cpu, i, true);
		long high = VectorOperands.high(cpu, i);
		int d = 2 * i.destinationRegister;
		boolean lowResult = cpu.sse.comparison.test64(cpu.xmm[d], low, predicate(i));
		boolean highResult = cpu.sse.comparison.test64(cpu.xmm[d + 1], high, predicate(i));
		FloatResults.settle(cpu);
		cpu.xmm[d] = lowResult ? -1 : 0;
		cpu.xmm[d + 1] = highResult ? -1 : 0;
	}

	private static void scalarSingle(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int d = 2 * i.destinationRegister;
		boolean result = cpu.sse.comparison.test32((int) cpu.xmm[d], (int) VectorOperands.scalar(cpu, i, 4), predicate(i));
		FloatResults.settle(cpu);
		cpu.xmm[d] = cpu.xmm[d] & ~0xFFFFFFFFL | (result ? 0xFFFFFFFFL : 0);
	}

	private static void scalarDouble(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int d = 2 * i.destinationRegister;
		boolean result = cpu.sse.comparison.test64(cpu.xmm[d], VectorOperands.scalar(cpu, i, 8), predicate(i));
		FloatResults.settle(cpu);
		cpu.xmm[d] = result ? -1 : 0;
	}

	private static void flagsOfSingles(Cpu cpu, Instruction i, boolean ordered) {
		VectorOperands.checkSse(cpu);
		int a = (int) cpu.xmm[2 * i.destinationRegister];
		int b = (int) VectorOperands.scalar(cpu, i, 4);
		int flags = ordered ? cpu.sse.comparison.ordered32(a, b) : cpu.sse.comparison.unordered32(a, b);
		FloatResults.settle(cpu);
		cpu.setArithmeticFlags(flags);
	}

	private static void flagsOfDoubles(Cpu cpu, Instruction i, boolean ordered) {
		VectorOperands.checkSse(cpu);
		long a = cpu.xmm[2 * i.destinationRegister];
		long b = VectorOperands.scalar(cpu, i, 8);
		int flags = ordered ? cpu.sse.comparison.ordered64(a, b) : cpu.sse.comparison.unordered64(a, b);
		FloatResults.settle(cpu);
		cpu.setArithmeticFlags(flags);
	}
}
