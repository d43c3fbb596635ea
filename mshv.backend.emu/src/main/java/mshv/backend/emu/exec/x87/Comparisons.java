package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.x87.FloatOperands.Format;
import mshv.backend.emu.fp.Float80Comparison;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.fp.Float80Format;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Comparison and classification. */
final class Comparisons {
	private static final int CONDITION = FloatStack.C0 | FloatStack.C2 | FloatStack.C3;

	private Comparisons() {}

	/** An ordered or an unordered comparison. */
	@FunctionalInterface
	interface Operation {
		int apply(Float80Comparison unit, int seA, long sigA, int seB, long sigB);
	}

	static void register(HandlerTable table) {
		table.add(Opcode.FCOM, compare(0));
		table.add(Opcode.FCOMP, compare(1));
		table.add(Opcode.FCOMPP, (cpu, i) -> withRegister(cpu, i, Float80Comparison::ordered, 2));
		table.add(Opcode.FUCOM, (cpu, i) -> withRegister(cpu, i, Float80Comparison::unordered, 0));
		table.add(Opcode.FUCOMP, (cpu, i) -> withRegister(cpu, i, Float80Comparison::unordered, 1));
		table.add(Opcode.FUCOMPP, (cpu, i) -> withRegister(cpu, i, Float80Comparison::unordered, 2));
		table.add(Opcode.FICOM, (cpu, i) -> withMemory(cpu, i, FloatOperands::loadInteger, 0));
		table.add(Opcode.FICOMP, (cpu, i) -> withMemory(cpu, i, FloatOperands::loadInteger, 1));
		table.add(Opcode.FCOMI, toFlags(Float80Comparison::ordered, false));
		table.add(Opcode.FCOMIP, toFlags(Float80Comparison::ordered, true));
		table.add(Opcode.FUCOMI, toFlags(Float80Comparison::unordered, false));
		table.add(Opcode.FUCOMIP, toFlags(Float80Comparison::unordered, true));
		table.add(Opcode.FTST, Comparisons::test);
		table.add(Opcode.FXAM, Comparisons::examine);
	}

	private static Handler compare(int pops) {
		return (cpu, i) -> {
			if (i.source == OperandKind.MEMORY) {
				withMemory(cpu, i, FloatOperands::widenFloat, pops);
			} else {
				withRegister(cpu, i, Float80Comparison::ordered, pops);
			}
		};
	}

	private static void withMemory(Cpu cpu, Instruction i, Format format, int pops) {
		FloatStack.check(cpu);
		long bits = FloatOperands.read(cpu, i);
		Float80Context context = FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int top = fpu.top();
		if (FloatStack.isEmpty(fpu, top)) {
			underflow(fpu, pops);
			return;
		}
		format.widen(cpu.x87, bits, i.operandSize);
		int outcome = cpu.x87.comparison.ordered(fpu.signExponent[top], fpu.significand[top], context.resultSignExponent,
			context.resultSignificand);
		settle(fpu, context, outcome, pops);
	}

	private static void withRegister(Cpu cpu, Instruction i, Operation operation, int pops) {
		FloatStack.check(cpu);
		Float80Context context = FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int a = fpu.top();
		int b = FloatStack.register(fpu, i.sourceRegister);
		if (FloatStack.isEmpty(fpu, a) || FloatStack.isEmpty(fpu, b)) {
			underflow(fpu, pops);
			return;
		}
		int outcome = operation.apply(cpu.x87.comparison, fpu.signExponent[a], fpu.significand[a], fpu.signExponent[b],
			fpu.significand[b]);
		settle(fpu, context, outcome, pops);
	}

	private static void test(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		Float80Context context = FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int top = fpu.top();
		if (FloatStack.isEmpty(fpu, top)) {
			underflow(fpu, 0);
			return;
		}
		settle(fpu, context, cpu.x87.comparison.ordered(fpu.signExponent[top], fpu.significand[top], 0, 0), 0);
	}

	private static void underflow(FpuState fpu, int pops) {
		boolean completes = FloatStack.underflow(fpu);
		setCondition(fpu, Float80Comparison.UNORDERED, completes ? pops : 0);
	}

	private static void settle(FpuState fpu, Float80Context context, int outcome, int pops) {
		FloatStack.report(fpu, context);
		setCondition(fpu, outcome, context.suppressed ? 0 : pops);
	}

	/** An unmasked exception keeps the operands on the stack, but processors tell the outcome all the same. */
	private static void setCondition(FpuState fpu, int outcome, int pops) {
		fpu.status = fpu.status & ~CONDITION | outcome << 8;
		for (int n = 0; n < pops; n++) {
			FloatStack.pop(fpu);
		}
	}

	private static Handler toFlags(Operation operation, boolean pop) {
		return (cpu, i) -> {
			FloatStack.check(cpu);
			Float80Context context = FloatStack.begin(cpu, i);
			FpuState fpu = cpu.fpu;
			int a = fpu.top();
			int b = FloatStack.register(fpu, i.sourceRegister);
			int outcome = Float80Comparison.UNORDERED;
			boolean completes;
			if (FloatStack.isEmpty(fpu, a) || FloatStack.isEmpty(fpu, b)) {
				completes = FloatStack.underflow(fpu);
			} else {
				outcome = operation.apply(cpu.x87.comparison, fpu.signExponent[a], fpu.significand[a], fpu.signExponent[b],
					fpu.significand[b]);
				FloatStack.report(fpu, context.exceptions);
				completes = !context.suppressed;
			}
			cpu.setArithmeticFlags(outcome);
			FloatStack.popIf(fpu, pop && completes);
		};
	}

	private static void examine(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int top = fpu.top();
		int code;
		if (FloatStack.isEmpty(fpu, top)) {
			int sign = (fpu.signExponent[top] & Float80Format.SIGN) != 0 ? FloatStack.C1 : 0;
			code = FloatStack.C3 | FloatStack.C0 | sign;
		} else {
			code = Float80Format.classify(fpu.signExponent[top], fpu.significand[top]);
		}
		fpu.status = fpu.status & ~(CONDITION | FloatStack.C1) | code;
	}
}
