package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.X87Unit;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.fp.Float80Format;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Functions of ST(0), or of ST(0) and ST(1). All of them clear C2, which tells an incomplete reduction where there can be one. */
final class Functions {
	private Functions() {}

	/** A function of ST(0). */
	@FunctionalInterface
	interface Unary {
		void apply(X87Unit unit, int se, long sig);
	}

	/** A function of ST(0), here a, and ST(1), here b. */
	@FunctionalInterface
	interface Binary {
		void apply(X87Unit unit, int seA, long sigA, int seB, long sigB);
	}

	static void register(HandlerTable table) {
		table.add(Opcode.FSQRT, unary((unit, se, sig) -> unit.arithmetic.squareRoot(se, sig)));
		table.add(Opcode.FRNDINT, unary((unit, se, sig) -> unit.arithmetic.roundToInteger(se, sig)));
		table.add(Opcode.F2XM1, unary((unit, se, sig) -> unit.transcendentals.exp2Minus1(se, sig)));
		table.add(Opcode.FSIN, unary((unit, se, sig) -> unit.trigonometry.sine(se, sig)));
		table.add(Opcode.FCOS, unary((unit, se, sig) -> unit.trigonometry.cosine(se, sig)));
		table.add(Opcode.FSCALE, scale());
		table.add(Opcode.FPREM, remainder((unit, seA, sigA, seB, sigB) -> unit.remainder.truncating(seA, sigA, seB, sigB)));
		table.add(Opcode.FPREM1, remainder((unit, seA, sigA, seB, sigB) -> unit.remainder.nearest(seA, sigA, seB, sigB)));
		table.add(Opcode.FYL2X, popping((unit, seX, sigX, seY, sigY) -> unit.transcendentals.yLog2x(seY, sigY, seX, sigX)));
		table.add(Opcode.FYL2XP1, popping((unit, seX, sigX, seY, sigY) -> unit.transcendentals.yLog2xPlus1(seY, sigY, seX, sigX)));
		table.add(Opcode.FPATAN, popping((unit, seX, sigX, seY, sigY) -> unit.transcendentals.arcTangent(seY, sigY, seX, sigX)));
		table.add(Opcode.FXTRACT, pushing((unit, se, sig) -> unit.arithmetic.extract(se, sig)));
		table.add(Opcode.FPTAN, pushing((unit, se, sig) -> unit.trigonometry.tangent(se, sig)));
		table.add(Opcode.FSINCOS, pushing((unit, se, sig) -> unit.trigonometry.sineAndCosine(se, sig)));
		table.add(Opcode.FCHS, signChange(Float80Format.SIGN, 0));
		table.add(Opcode.FABS, signChange(0, Float80Format.SIGN));
	}

	private static Float80Context begin(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		cpu.fpu.status &= ~FloatStack.C2;
		return FloatStack.begin(cpu, i);
	}

	/** Replaces ST(0). */
	private static Handler unary(Unary function) {
		return (cpu, i) -> {
			Float80Context context = begin(cpu, i);
			FpuState fpu = cpu.fpu;
			int top = fpu.top();
			if (FloatStack.isEmpty(fpu, top)) {
				FloatStack.underflow(fpu, top, false);
				return;
			}
			function.apply(cpu.x87, fpu.signExponent[top], fpu.significand[top]);
			FloatStack.settle(fpu, top, context, false);
		};
	}

	private static Handler scale() {
		return (cpu, i) -> {
			Float80Context context = begin(cpu, i);
			if (apply(cpu, 0, false, (unit, seA, sigA, seB, sigB) -> unit.arithmetic.scale(seA, sigA, seB, sigB))) {
				FloatStack.settle(cpu.fpu, cpu.fpu.top(), context, false);
			}
		};
	}

	/** Replaces ST(0); C0, C3 and C1 tell the low bits of the quotient. */
	private static Handler remainder(Binary function) {
		return (cpu, i) -> {
			Float80Context context = begin(cpu, i);
			if (apply(cpu, 0, false, function)) {
				FpuState fpu = cpu.fpu;
				FloatStack.settle(fpu, fpu.top(), context, false);
				if (isSpecial(context)) {
					return;
				}
				int quotient = cpu.x87.remainder.quotient();
				fpu.status = fpu.status & ~(FloatStack.C0 | FloatStack.C1 | FloatStack.C3) | ((quotient & 4) != 0 ? FloatStack.C0 : 0)
					| ((quotient & 2) != 0 ? FloatStack.C3 : 0) | ((quotient & 1) != 0 ? FloatStack.C1 : 0);
			}
		};
	}

	/** @return true after an operation without a finite result: there is no quotient either */
	private static boolean isSpecial(Float80Context context) {
		return context.suppressed || Float80Format.isNaN(context.resultSignExponent, context.resultSignificand);
	}

	/** Replaces ST(1), and pops. */
	private static Handler popping(Binary function) {
		return (cpu, i) -> {
			Float80Context context = begin(cpu, i);
			if (apply(cpu, 1, true, function)) {
				FloatStack.settle(cpu.fpu, FloatStack.register(cpu.fpu, 1), context, true);
			}
		};
	}

	/** Applies a function to ST(0) and ST(1). @return false if one was empty */
	private static boolean apply(Cpu cpu, int destination, boolean pop, Binary function) {
		FpuState fpu = cpu.fpu;
		int a = fpu.top();
		int b = FloatStack.register(fpu, 1);
		if (FloatStack.isEmpty(fpu, a) || FloatStack.isEmpty(fpu, b)) {
			FloatStack.underflow(fpu, FloatStack.register(fpu, destination), pop);
			return false;
		}
		function.apply(cpu.x87, fpu.signExponent[a], fpu.significand[a], fpu.signExponent[b], fpu.significand[b]);
		return true;
	}

	/** Replaces ST(0), and pushes a second result. */
	private static Handler pushing(Unary function) {
		return (cpu, i) -> {
			Float80Context context = begin(cpu, i);
			FpuState fpu = cpu.fpu;
			int top = fpu.top();
			boolean underflow = FloatStack.isEmpty(fpu, top);
			if (underflow || FloatStack.isFull(fpu)) {
				if (underflow ? FloatStack.underflow(fpu) : FloatStack.overflow(fpu)) {
					FloatStack.setIndefinite(fpu, top);
					FloatStack.push(fpu, Float80Format.INDEFINITE_SIGN_EXPONENT, Float80Format.INDEFINITE_SIGNIFICAND);
				}
				return;
			}
			function.apply(cpu.x87, fpu.signExponent[top], fpu.significand[top]);
			FloatStack.settle(fpu, top, context, false);
			if (!context.suppressed && !context.incomplete) {
				FloatStack.push(fpu, context.secondSignExponent, context.secondSignificand);
			}
		};
	}

	/** FCHS, FABS: no exception but a stack fault. */
	private static Handler signChange(int invert, int clear) {
		return (cpu, i) -> {
			FloatStack.check(cpu);
			FloatStack.begin(cpu, i);
			FpuState fpu = cpu.fpu;
			int top = fpu.top();
			if (FloatStack.isEmpty(fpu, top)) {
				FloatStack.underflow(fpu, top, false);
				return;
			}
			FloatStack.report(fpu, 0, false);
			fpu.signExponent[top] = (fpu.signExponent[top] ^ invert) & ~clear;
		};
	}
}
