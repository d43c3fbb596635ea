package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.fp.Float80Format;
import mshv.backend.emu.fp.FpExceptions;
import mshv.backend.emu.isa.Instruction;

/**
 * The register stack and the status word: what an x87 instruction checks first and reports last.
 * <p>
 * The order in a handler is: {@link #check}, memory operand, {@link #begin}, stack faults, arithmetic, {@link #report}, registers. So a
 * memory fault leaves everything as it was, and an unmasked exception leaves all but status word and pointers. Registers are passed by
 * physical number.
 */
final class FloatStack {
	/** Exception summary and busy bits of the status word. */
	static final int SUMMARY = 0x80;
	static final int BUSY = 0x8000;
	/** Condition codes. */
	static final int C0 = 0x100;
	static final int C1 = 0x200;
	static final int C2 = 0x400;
	static final int C3 = 0x4000;

	private static final int STACK_FAULT = 0x40;

	private FloatStack() {}

	/** Raises #NM where no x87 instruction may execute. */
	static void checkAvailable(Cpu cpu) {
		if ((cpu.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0) {
			throw cpu.raise(Vector.NM);
		}
	}

	/** Raises #NM, or #MF for an exception that an earlier instruction left pending. */
	static void check(Cpu cpu) {
		checkAvailable(cpu);
		checkPending(cpu);
	}

	/** Raises #MF if an unmasked exception is pending: whatever CR0.NE says, as there is no FERR# signal that could interrupt instead. */
	static void checkPending(Cpu cpu) {
		if ((cpu.fpu.status & SUMMARY) != 0) {
			throw cpu.raise(Vector.MF);
		}
	}

	/**
	 * Notes the instruction as the last one, and gives the control word to the arithmetic. The operand's address stays if there is no
	 * operand in memory.
	 */
	static Float80Context begin(Cpu cpu, Instruction i) {
		FpuState fpu = cpu.fpu;
		fpu.lastInstruction = cpu.rip;
		fpu.lastInstructionSelector = cpu.segments[Segment.CS].selector;
		fpu.opcode = i.immediate2;
		if (i.hasMemory()) {
			fpu.lastOperand = Operands.offset(cpu, i);
			fpu.lastOperandSelector = cpu.segments[i.segment].selector;
		}
		Float80Context context = cpu.x87.context;
		context.setControlWord(fpu.control);
		return context;
	}

	/** @return physical number of ST(n) */
	static int register(FpuState fpu, int n) {
		return fpu.top() + n & 7;
	}

	static boolean isEmpty(FpuState fpu, int register) {
		return (fpu.valid >> register & 1) == 0;
	}

	/** @return true if a push would overflow */
	static boolean isFull(FpuState fpu) {
		return !isEmpty(fpu, register(fpu, -1));
	}

	static void set(FpuState fpu, int register, int signExponent, long significand) {
		fpu.signExponent[register] = signExponent;
		fpu.significand[register] = significand;
		fpu.valid |= 1 << register;
	}

	static void setIndefinite(FpuState fpu, int register) {
		set(fpu, register, Float80Format.INDEFINITE_SIGN_EXPONENT, Float80Format.INDEFINITE_SIGNIFICAND);
	}

	static void setResult(FpuState fpu, int register, Float80Context result) {
		set(fpu, register, result.resultSignExponent, result.resultSignificand);
	}

	static void push(FpuState fpu, int signExponent, long significand) {
		fpu.setTop(fpu.top() - 1);
		set(fpu, fpu.top(), signExponent, significand);
	}

	static void pop(FpuState fpu) {
		int top = fpu.top();
		fpu.valid &= ~(1 << top);
		fpu.setTop(top + 1);
	}

	static void popIf(FpuState fpu, boolean wanted) {
		if (wanted) {
			pop(fpu);
		}
	}

	/** Adds exceptions to the status word, with the summary of those that are unmasked; the opcode register tells whose those are. */
	static void report(FpuState fpu, int exceptions) {
		fpu.status = summarised(fpu.status | exceptions, fpu.control);
		if ((fpu.status & SUMMARY) != 0) {
			fpu.lastOpcode = fpu.opcode;
		}
	}

	/** Adds exceptions, and sets or clears C1. */
	static void report(FpuState fpu, int exceptions, boolean c1) {
		fpu.status = c1 ? fpu.status | C1 : fpu.status & ~C1;
		report(fpu, exceptions);
	}

	/** Reports what the last operation raised. */
	static void report(FpuState fpu, Float80Context result) {
		report(fpu, result.exceptions, result.roundedUp);
	}

	/** @return the status word with the summary bits that follow from its exceptions and the control word */
	static int summarised(int status, int control) {
		boolean pending = (status & ~control & FpExceptions.ALL) != 0;
		return pending ? status | SUMMARY | BUSY : status & ~(SUMMARY | BUSY);
	}

	/** Reports that an empty register was read. @return true if the masked response is to follow */
	static boolean underflow(FpuState fpu) {
		report(fpu, FpExceptions.INVALID | STACK_FAULT, false);
		return invalidMasked(fpu);
	}

	/** Underflow of an instruction with a destination, with its masked response. */
	static void underflow(FpuState fpu, int destination, boolean pop) {
		if (underflow(fpu)) {
			setIndefinite(fpu, destination);
			popIf(fpu, pop);
		}
	}

	/** Reports what the last operation raised, and unless an exception forbids it stores its result. */
	static void settle(FpuState fpu, int destination, Float80Context result, boolean pop) {
		report(fpu, result);
		if (result.incomplete) {
			fpu.status |= C2;
		}
		if (!result.suppressed) {
			setResult(fpu, destination, result);
			popIf(fpu, pop);
		}
	}

	/** Reports that a push met a register that is not empty. @return true if the masked response is to follow */
	static boolean overflow(FpuState fpu) {
		report(fpu, FpExceptions.INVALID | STACK_FAULT, true);
		return invalidMasked(fpu);
	}

	static boolean invalidMasked(FpuState fpu) {
		return (fpu.control & FpExceptions.INVALID) != 0;
	}

	/** Overflow of an instruction that only pushes, with its masked response. */
	static void overflowOnPush(FpuState fpu) {
		if (overflow(fpu)) {
			push(fpu, Float80Format.INDEFINITE_SIGN_EXPONENT, Float80Format.INDEFINITE_SIGNIFICAND);
		}
	}
}
