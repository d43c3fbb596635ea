package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.exec.x87.FloatOperands.Format;
import mshv.backend.emu.fp.Float80Constants;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.fp.Float80Format;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Instructions that push a value: from memory, a register, or a constant. */
final class Loads {
	private Loads() {}

	static void register(HandlerTable table) {
		table.add(Opcode.FLD, Loads::load);
		table.add(Opcode.FILD, (cpu, i) -> convert(cpu, i, FloatOperands::loadInteger));
		table.add(Opcode.FBLD, Loads::decimal);
		table.add(Opcode.FLD1, constant(Float80Constants.ONE));
		table.add(Opcode.FLDL2T, constant(Float80Constants.LOG2_10));
		table.add(Opcode.FLDL2E, constant(Float80Constants.LOG2_E));
		table.add(Opcode.FLDPI, constant(Float80Constants.PI));
		table.add(Opcode.FLDLG2, constant(Float80Constants.LOG10_2));
		table.add(Opcode.FLDLN2, constant(Float80Constants.LN_2));
		table.add(Opcode.FLDZ, constant(Float80Constants.ZERO));
	}

	private static void load(Cpu cpu, Instruction i) {
		if (i.source == OperandKind.ST) {
			copy(cpu, i);
		} else if (i.operandSize == 10) {
			extended(cpu, i);
		} else {
			convert(cpu, i, FloatOperands::loadFloat);
		}
	}

	private static void copy(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int source = FloatStack.register(fpu, i.sourceRegister);
		if (FloatStack.isEmpty(fpu, source)) {
			if (FloatStack.underflow(fpu)) {
				FloatStack.push(fpu, Float80Format.INDEFINITE_SIGN_EXPONENT, Float80Format.INDEFINITE_SIGNIFICAND);
			}
		} else if (FloatStack.isFull(fpu)) {
			FloatStack.overflowOnPush(fpu);
		} else {
			FloatStack.report(fpu, 0, false);
			FloatStack.push(fpu, fpu.signExponent[source], fpu.significand[source]);
		}
	}

	/** The extended format is copied as it is: no exception but stack overflow. */
	private static void extended(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		long address = Operands.address(cpu, i, 10, false);
		long significand = cpu.readQword(address);
		int signExponent = (int) cpu.readWord(address + 8);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		if (FloatStack.isFull(fpu)) {
			FloatStack.overflowOnPush(fpu);
		} else {
			FloatStack.report(fpu, 0, false);
			FloatStack.push(fpu, signExponent, significand);
		}
	}

	private static void convert(Cpu cpu, Instruction i, Format format) {
		FloatStack.check(cpu);
		long bits = FloatOperands.read(cpu, i);
		Float80Context context = FloatStack.begin(cpu, i);
		if (FloatStack.isFull(cpu.fpu)) {
			FloatStack.overflowOnPush(cpu.fpu);
		} else {
			format.widen(cpu.x87, bits, i.operandSize);
			push(cpu.fpu, context);
		}
	}

	private static void decimal(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		long address = Operands.address(cpu, i, 10, false);
		long low = cpu.readQword(address);
		int high = (int) cpu.readWord(address + 8);
		Float80Context context = FloatStack.begin(cpu, i);
		if (FloatStack.isFull(cpu.fpu)) {
			FloatStack.overflowOnPush(cpu.fpu);
		} else {
			cpu.x87.decimal.load(high, low);
			push(cpu.fpu, context);
		}
	}

	private static Handler constant(Float80Constants value) {
		return (cpu, i) -> {
			FloatStack.check(cpu);
			Float80Context context = FloatStack.begin(cpu, i);
			if (FloatStack.isFull(cpu.fpu)) {
				FloatStack.overflowOnPush(cpu.fpu);
			} else {
				value.load(context);
				push(cpu.fpu, context);
			}
		};
	}

	private static void push(FpuState fpu, Float80Context context) {
		FloatStack.report(fpu, context);
		if (!context.suppressed) {
			FloatStack.push(fpu, context.resultSignExponent, context.resultSignificand);
		}
	}
}
