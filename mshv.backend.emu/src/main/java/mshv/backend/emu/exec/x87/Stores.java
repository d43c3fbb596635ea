package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.fp.Float80Format;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/**
 * Instructions that store ST(0). The value is computed before the store and reported after it, so that neither a memory fault nor an
 * unmasked exception leaves half of the work done. Where such an exception forbids the store, the operand is probed all the same: its
 * faults come first.
 */
final class Stores {
	private static final int DECIMAL_INDEFINITE_HIGH = 0xFFFF;
	private static final long DECIMAL_INDEFINITE_LOW = 0xC000L << 48;

	private Stores() {}

	/** A memory format of 2, 4 or 8 bytes. */
	private interface Format {
		/** @return the bits of a value; exceptions are in the unit's context */
		long narrow(Cpu cpu, int se, long sig, int size);

		/** @return the bits that masked stack underflow stores */
		long indefinite(int size);
	}

	private static final Format FLOAT = new Format() {
		@Override
		public long narrow(Cpu cpu, int se, long sig, int size) {
			return size == 4 ? cpu.x87.conversions.toFloat32(se, sig) : cpu.x87.conversions.toFloat64(se, sig);
		}

		@Override
		public long indefinite(int size) {
			return size == 4 ? 0xFFC00000L : 0xFFF80000_00000000L;
		}
	};

	private static final Format INTEGER = new Format() {
		@Override
		public long narrow(Cpu cpu, int se, long sig, int size) {
			return cpu.x87.conversions.toInteger(se, sig, 8 * size, false);
		}

		@Override
		public long indefinite(int size) {
			return 1L << 8 * size - 1;
		}
	};

	static void register(HandlerTable table) {
		table.add(Opcode.FST, store(false));
		table.add(Opcode.FSTP, store(true));
		table.add(Opcode.FIST, (cpu, i) -> convert(cpu, i, INTEGER, false));
		table.add(Opcode.FISTP, (cpu, i) -> convert(cpu, i, INTEGER, true));
		table.add(Opcode.FBSTP, Stores::decimal);
	}

	private static Handler store(boolean pop) {
		return (cpu, i) -> {
			if (i.destination == OperandKind.ST) {
				copy(cpu, i, pop);
			} else if (i.operandSize == 10) {
				extended(cpu, i);
			} else {
				convert(cpu, i, FLOAT, pop);
			}
		};
	}

	private static void copy(Cpu cpu, Instruction i, boolean pop) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int top = fpu.top();
		int destination = FloatStack.register(fpu, i.destinationRegister);
		if (FloatStack.isEmpty(fpu, top)) {
			FloatStack.underflow(fpu, destination, pop);
			return;
		}
		FloatStack.report(fpu, 0, false);
		FloatStack.set(fpu, destination, fpu.signExponent[top], fpu.significand[top]);
		FloatStack.popIf(fpu, pop);
	}

	private static void convert(Cpu cpu, Instruction i, Format format, boolean pop) {
		FloatStack.check(cpu);
		FpuState fpu = cpu.fpu;
		Float80Context context = cpu.x87.context;
		context.setControlWord(fpu.control);
		int top = fpu.top();
		int size = i.operandSize;
		boolean empty = FloatStack.isEmpty(fpu, top);
		long bits = empty ? format.indefinite(size) : format.narrow(cpu, fpu.signExponent[top], fpu.significand[top], size);
		boolean stored = empty ? FloatStack.invalidMasked(fpu) : !context.suppressed;
		long address = Operands.address(cpu, i, size, true);
		if (stored) {
			cpu.write(address, size, bits);
		} else {
			cpu.readForWrite(address, size);
		}
		settle(cpu, i, empty, stored && pop);
	}

	/** FSTP of the extended format copies the register as it is: no exception but stack underflow. */
	private static void extended(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		FpuState fpu = cpu.fpu;
		int top = fpu.top();
		if (!FloatStack.isEmpty(fpu, top)) {
			FloatOperands.store(cpu, i, true, fpu.signExponent[top], fpu.significand[top]);
			FloatStack.begin(cpu, i);
			FloatStack.report(fpu, 0, false);
			FloatStack.pop(fpu);
			return;
		}
		boolean stored = FloatStack.invalidMasked(fpu);
		FloatOperands.store(cpu, i, stored, Float80Format.INDEFINITE_SIGN_EXPONENT, Float80Format.INDEFINITE_SIGNIFICAND);
		settle(cpu, i, true, stored);
	}

	private static void decimal(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		FpuState fpu = cpu.fpu;
		Float80Context context = cpu.x87.context;
		context.setControlWord(fpu.control);
		int top = fpu.top();
		boolean empty = FloatStack.isEmpty(fpu, top);
		boolean stored;
		if (empty) {
			stored = FloatStack.invalidMasked(fpu);
			FloatOperands.store(cpu, i, stored, DECIMAL_INDEFINITE_HIGH, DECIMAL_INDEFINITE_LOW);
		} else {
			cpu.x87.decimal.store(fpu.signExponent[top], fpu.significand[top]);
			stored = !context.suppressed;
			FloatOperands.store(cpu, i, stored, context.resultSignExponent, context.resultSignificand);
		}
		settle(cpu, i, empty, stored);
	}

	private static void settle(Cpu cpu, Instruction i, boolean empty, boolean pop) {
		Float80Context context = FloatStack.begin(cpu, i);
		if (empty) {
			FloatStack.underflow(cpu.fpu);
		} else {
			FloatStack.report(cpu.fpu, context);
		}
		FloatStack.popIf(cpu.fpu, pop);
	}
}
