package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.x87.FloatOperands.Format;
import mshv.backend.emu.fp.Float80Arithmetic;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Addition, subtraction, multiplication, division. */
final class Arithmetic {
	private Arithmetic() {}

	/** An operation on destination a and source b. */
	@FunctionalInterface
	interface Operation {
		void apply(Float80Arithmetic unit, int seA, long sigA, int seB, long sigB);
	}

	static void register(HandlerTable table) {
		three(table, Opcode.FADD, Opcode.FADDP, Opcode.FIADD, Float80Arithmetic::add);
		three(table, Opcode.FMUL, Opcode.FMULP, Opcode.FIMUL, Float80Arithmetic::multiply);
		three(table, Opcode.FSUB, Opcode.FSUBP, Opcode.FISUB, Float80Arithmetic::subtract);
		three(table, Opcode.FSUBR, Opcode.FSUBRP, Opcode.FISUBR, (unit, seA, sigA, seB, sigB) -> unit.subtract(seB, sigB, seA, sigA));
		three(table, Opcode.FDIV, Opcode.FDIVP, Opcode.FIDIV, Float80Arithmetic::divide);
		three(table, Opcode.FDIVR, Opcode.FDIVRP, Opcode.FIDIVR, (unit, seA, sigA, seB, sigB) -> unit.divide(seB, sigB, seA, sigA));
	}

	private static void three(HandlerTable table, Opcode plain, Opcode popping, Opcode integer, Operation operation) {
		table.add(plain, (cpu, i) -> {
			if (i.source == OperandKind.MEMORY) {
				withMemory(cpu, i, FloatOperands::widenFloat, operation);
			} else {
				withRegister(cpu, i, operation, false);
			}
		});
		table.add(popping, (cpu, i) -> withRegister(cpu, i, operation, true));
		table.add(integer, (cpu, i) -> withMemory(cpu, i, FloatOperands::loadInteger, operation));
	}

	private static void withMemory(Cpu cpu, Instruction i, Format format, Operation operation) {
		FloatStack.check(cpu);
		long bits = FloatOperands.read(cpu, i);
		Float80Context context = FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int top = fpu.top();
		if (FloatStack.isEmpty(fpu, top)) {
			FloatStack.underflow(fpu, top, false);
			return;
		}
		format.widen(cpu.x87, bits, i.operandSize);
		operation.apply(cpu.x87.arithmetic, fpu.signExponent[top], fpu.significand[top], context.resultSignExponent,
			context.resultSignificand);
		FloatStack.settle(fpu, top, context, false);
	}

	private static void withRegister(Cpu cpu, Instruction i, Operation operation, boolean pop) {
		FloatStack.check(cpu);
		Float80Context context = FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int a = FloatStack.register(fpu, i.destinationRegister);
		int b = FloatStack.register(fpu, i.sourceRegister);
		if (FloatStack.isEmpty(fpu, a) || FloatStack.isEmpty(fpu, b)) {
			FloatStack.underflow(fpu, a, pop);
			return;
		}
		operation.apply(cpu.x87.arithmetic, fpu.signExponent[a], fpu.significand[a], fpu.signExponent[b], fpu.significand[b]);
		FloatStack.settle(fpu, a, context, pop);
	}
}
