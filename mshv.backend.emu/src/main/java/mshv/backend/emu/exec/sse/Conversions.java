package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.fp.SseConversions;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/**
 * Conversions between integers, singles and doubles, in general, MMX and XMM registers.
 * Forms with an MMX register have entered MMX state by the time #XM is raised, as on hardware.
 */
final class Conversions {
	private Conversions() {}

	static void register(HandlerTable table) {
		table.add(Opcode.CVTSI2SS, Conversions::integerToSingle);
		table.add(Opcode.CVTSI2SD, Conversions::integerToDouble);
		table.add(Opcode.CVTSS2SI, (cpu, i) -> singleToInteger(cpu, i, false));
		table.add(Opcode.CVTTSS2SI, (cpu, i) -> singleToInteger(cpu, i, true));
		table.add(Opcode.CVTSD2SI, (cpu, i) -> doubleToInteger(cpu, i, false));
		table.add(Opcode.CVTTSD2SI, (cpu, i) -> doubleToInteger(cpu, i, true));
		table.add(Opcode.CVTSS2SD, Conversions::singleToDouble);
		table.add(Opcode.CVTSD2SS, Conversions::doubleToSingle);
		table.add(Opcode.CVTPI2PS, Conversions::mmxToSingles);
		table.add(Opcode.CVTPI2PD, Conversions::mmxToDoubles);
		table.add(Opcode.CVTPS2PI, (cpu, i) -> singlesToMmx(cpu, i, false));
		table.add(Opcode.CVTTPS2PI, (cpu, i) -> singlesToMmx(cpu, i, true));
		table.add(Opcode.CVTPD2PI, (cpu, i) -> doublesToMmx(cpu, i, false));
		table.add(Opcode.CVTTPD2PI, (cpu, i) -> doublesToMmx(cpu, i, true));
		table.add(Opcode.CVTDQ2PS, packed(16, (c, low, high, half) -> half == 0 ? integersToSingles(c, low) : integersToSingles(c, high)));
		table.add(Opcode.CVTPS2DQ, packed(16, (c, low, high, half) -> singlesToIntegers(c, half == 0 ? low : high, false)));
		table.add(Opcode.CVTTPS2DQ, packed(16, (c, low, high, half) -> singlesToIntegers(c, half == 0 ? low : high, true)));
		table.add(Opcode.CVTDQ2PD, packed(8, (c, low, high, half) -> c.integerToFloat64(half == 0 ? (int) low : (int) (low >>> 32))));
		table.add(Opcode.CVTPS2PD, packed(8, (c, low, high, half) -> c.float32ToFloat64(half == 0 ? (int) low : (int) (low >>> 32))));
		table.add(Opcode.CVTPD2DQ, packed(16, (c, low, high, half) -> half == 0 ? doublesToIntegers(c, low, high, false) : 0));
		table.add(Opcode.CVTTPD2DQ, packed(16, (c, low, high, half) -> half == 0 ? doublesToIntegers(c, low, high, true) : 0));
		table.add(Opcode.CVTPD2PS, packed(16, (c, low, high, half) -> half == 0
			? join(c.float64ToFloat32(low), c.float64ToFloat32(high)) : 0));
	}

	/** Computes one half of the result from both halves of the source. */
	@FunctionalInterface
	private interface Packed {
		long apply(SseConversions conversions, long low, long high, int half);
	}

	private static long join(int low, int high) {
		return low & 0xFFFFFFFFL | (long) high << 32;
	}

	private static long integersToSingles(SseConversions c, long pair) {
		return join(c.integerToFloat32((int) pair), c.integerToFloat32((int) (pair >>> 32)));
	}

	private static long singlesToIntegers(SseConversions c, long pair, boolean truncate) {
		return join(c.float32ToInt32((int) pair, truncate), c.float32ToInt32((int) (pair >>> 32), truncate));
	}

	private static long doublesToIntegers(SseConversions c, long low, long high, boolean truncate) {
		return join(c.float64ToInt32(low, truncate), c.float64ToInt32(high, truncate));
	}

	private static Handler packed(int sourceSize, Packed f) {
		return (cpu, i) -> {
			VectorOperands.checkSse(cpu);
			long low = sourceSize == 16 ? VectorOperands.low(cpu, i, true) : VectorOperands.scalar(cpu, i, 8);
			long high = sourceSize == 16 ? VectorOperands.high(cpu, i) : 0;
			long first = f.apply(cpu.sse.conversions, low, high, 0);
			long second = f.apply(cpu.sse.conversions, low, high, 1);
			FloatResults.settle(cpu);
			cpu.xmm[2 * i.destinationRegister] = first;
			cpu.xmm[2 * i.destinationRegister + 1] = second;
		};
	}

	private static long generalSource(Cpu cpu, Instruction i) {
		long value = i.source == OperandKind.GPR
			? Operands.readRegister(cpu, i.sourceRegister, i.sourceSize)
			: cpu.read(Operands.address(cpu, i, i.sourceSize, false), i.sourceSize);
		return Operands.signExtend(value, i.sourceSize);
	}

	private static void integerToSingle(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int result = cpu.sse.conversions.integerToFloat32(generalSource(cpu, i));
		FloatResults.settle(cpu);
		int d = 2 * i.destinationRegister;
		cpu.xmm[d] = cpu.xmm[d] & ~0xFFFFFFFFL | result & 0xFFFFFFFFL;
	}

	private static void integerToDouble(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		long result = cpu.sse.conversions.integerToFloat64(generalSource(cpu, i));
		FloatResults.settle(cpu);
		cpu.xmm[2 * i.destinationRegister] = result;
	}

	private static void singleToInteger(Cpu cpu, Instruction i, boolean truncate) {
		VectorOperands.checkSse(cpu);
		int source = (int) VectorOperands.scalar(cpu, i, 4);
		long result = i.sourceSize == 8
			? cpu.sse.conversions.float32ToInt64(source, truncate)
			: cpu.sse.conversions.float32ToInt32(source, truncate);
		FloatResults.settle(cpu);
		Operands.writeRegister(cpu, i.destinationRegister, i.sourceSize, result);
	}

	private static void doubleToInteger(Cpu cpu, Instruction i, boolean truncate) {
		VectorOperands.checkSse(cpu);
		long source = VectorOperands.scalar(cpu, i, 8);
		long result = i.sourceSize == 8
			? cpu.sse.conversions.float64ToInt64(source, truncate)
			: cpu.sse.conversions.float64ToInt32(source, truncate);
		FloatResults.settle(cpu);
		Operands.writeRegister(cpu, i.destinationRegister, i.sourceSize, result);
	}

	private static void singleToDouble(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		long result = cpu.sse.conversions.float32ToFloat64((int) VectorOperands.scalar(cpu, i, 4));
		FloatResults.settle(cpu);
		cpu.xmm[2 * i.destinationRegister] = result;
	}

	private static void doubleToSingle(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int result = cpu.sse.conversions.float64ToFloat32(VectorOperands.scalar(cpu, i, 8));
		FloatResults.settle(cpu);
		int d = 2 * i.destinationRegister;
		cpu.xmm[d] = cpu.xmm[d] & ~0xFFFFFFFFL | result & 0xFFFFFFFFL;
	}

	private static void checkBoth(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		if (i.source == OperandKind.MMX || i.destination == OperandKind.MMX) {
			VectorOperands.checkMmx(cpu);
		}
	}

	private static void mmxToSingles(Cpu cpu, Instruction i) {
		checkBoth(cpu, i);
		long result = integersToSingles(cpu.sse.conversions, VectorOperands.mmxSource(cpu, i, 8));
		if (i.source == OperandKind.MMX) {
			VectorOperands.enterMmx(cpu);
		}
		FloatResults.settle(cpu);
		cpu.xmm[2 * i.destinationRegister] = result;
	}

	private static void mmxToDoubles(Cpu cpu, Instruction i) {
		checkBoth(cpu, i);
		long source = VectorOperands.mmxSource(cpu, i, 8);
		cpu.xmm[2 * i.destinationRegister] = cpu.sse.conversions.integerToFloat64((int) source);
		cpu.xmm[2 * i.destinationRegister + 1] = cpu.sse.conversions.integerToFloat64((int) (source >>> 32));
		if (i.source == OperandKind.MMX) {
			VectorOperands.enterMmx(cpu);
		}
	}

	private static void singlesToMmx(Cpu cpu, Instruction i, boolean truncate) {
		checkBoth(cpu, i);
		long result = singlesToIntegers(cpu.sse.conversions, VectorOperands.scalar(cpu, i, 8), truncate);
		VectorOperands.enterMmx(cpu);
		FloatResults.settle(cpu);
		VectorOperands.writeMmx(cpu, i.destinationRegister, result);
	}

	private static void doublesToMmx(Cpu cpu, Instruction i, boolean truncate) {
		checkBoth(cpu, i);
		long low = VectorOperands.low(cpu, i, true);
		long result = doublesToIntegers(cpu.sse.conversions, low, VectorOperands.high(cpu, i), truncate);
		VectorOperands.enterMmx(cpu);
		FloatResults.settle(cpu);
		VectorOperands.writeMmx(cpu, i.destinationRegister, result);
	}
}
