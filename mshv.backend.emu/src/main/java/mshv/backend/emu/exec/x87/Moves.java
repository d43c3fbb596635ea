package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Instructions that move registers and the stack's top without looking at values. */
final class Moves {
	private Moves() {}

	static void register(HandlerTable table) {
		table.add(Opcode.FXCH, Moves::exchange);
		table.add(Opcode.FCMOV, Moves::conditional);
		table.add(Opcode.FINCSTP, (cpu, i) -> rotate(cpu, i, 1));
		table.add(Opcode.FDECSTP, (cpu, i) -> rotate(cpu, i, -1));
		table.add(Opcode.FFREE, (cpu, i) -> free(cpu, i, false));
		table.add(Opcode.FFREEP, (cpu, i) -> free(cpu, i, true));
	}

	private static void exchange(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int a = fpu.top();
		int b = FloatStack.register(fpu, i.sourceRegister);
		boolean emptyA = FloatStack.isEmpty(fpu, a);
		boolean emptyB = FloatStack.isEmpty(fpu, b);
		if (emptyA || emptyB) {
			if (!FloatStack.underflow(fpu)) {
				return;
			}
			if (emptyA) {
				FloatStack.setIndefinite(fpu, a);
			}
			if (emptyB) {
				FloatStack.setIndefinite(fpu, b);
			}
		} else {
			FloatStack.report(fpu, 0, false);
		}
		int signExponent = fpu.signExponent[a];
		long significand = fpu.significand[a];
		FloatStack.set(fpu, a, fpu.signExponent[b], fpu.significand[b]);
		FloatStack.set(fpu, b, signExponent, significand);
	}

	private static void conditional(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		int destination = fpu.top();
		int source = FloatStack.register(fpu, i.sourceRegister);
		if (FloatStack.isEmpty(fpu, destination) || FloatStack.isEmpty(fpu, source)) {
			FloatStack.underflow(fpu, destination, false);
			return;
		}
		if (cpu.condition(i.condition)) {
			FloatStack.set(fpu, destination, fpu.signExponent[source], fpu.significand[source]);
		}
	}

	private static void rotate(Cpu cpu, Instruction i, int step) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FloatStack.report(cpu.fpu, 0, false);
		cpu.fpu.setTop(cpu.fpu.top() + step);
	}

	private static void free(Cpu cpu, Instruction i, boolean pop) {
		FloatStack.check(cpu);
		FloatStack.begin(cpu, i);
		FpuState fpu = cpu.fpu;
		fpu.valid &= ~(1 << FloatStack.register(fpu, i.destinationRegister));
		FloatStack.popIf(fpu, pop);
	}
}
