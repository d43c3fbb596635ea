package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.fp.FpExceptions;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Control and status words, and what waits for pending exceptions. */
final class Control {
	/** Bits of the control word that can be changed; infinity control, without effect, is one of them. */
	private static final int IMPLEMENTED = 0x1F3F;
	/** A reserved bit of the control word that always reads as one. */
	private static final int ALWAYS_ONE = 0x40;
	private static final int CLEARED_EXCEPTIONS = FpExceptions.ALL | 0x40 | FloatStack.SUMMARY | FloatStack.BUSY;

	private Control() {}

	static void register(HandlerTable table) {
		table.add(Opcode.FNOP, (cpu, i) -> {
			FloatStack.check(cpu);
			FloatStack.begin(cpu, i);
		});
		table.add(Opcode.FWAIT, Control::await);
		table.add(Opcode.FNINIT, (cpu, i) -> {
			FloatStack.checkAvailable(cpu);
			cpu.fpu.initialize();
		});
		table.add(Opcode.FNCLEX, (cpu, i) -> {
			FloatStack.checkAvailable(cpu);
			cpu.fpu.status &= ~CLEARED_EXCEPTIONS;
		});
		table.add(Opcode.FLDCW, Control::load);
		table.add(Opcode.FNSTCW, (cpu, i) -> {
			FloatStack.checkAvailable(cpu);
			Operands.writeDestination(cpu, i, cpu.fpu.control);
		});
		table.add(Opcode.FNSTSW, (cpu, i) -> {
			FloatStack.checkAvailable(cpu);
			Operands.writeDestination(cpu, i, cpu.fpu.status);
		});
		table.add(Opcode.EMMS, Control::empty);
	}

	/** Replaces the control word, and with it what the status word says of pending exceptions. */
	static void setControl(FpuState fpu, int value) {
		fpu.control = value & IMPLEMENTED | ALWAYS_ONE;
		fpu.status = FloatStack.summarised(fpu.status, fpu.control);
	}

	private static void load(Cpu cpu, Instruction i) {
		FloatStack.check(cpu);
		setControl(cpu.fpu, (int) FloatOperands.read(cpu, i));
	}

	private static void await(Cpu cpu, Instruction i) {
		long both = Cpu.CR0_MP | Cpu.CR0_TS;
		if ((cpu.cr0 & both) == both) {
			throw cpu.raise(Vector.NM);
		}
		FloatStack.checkPending(cpu);
	}

	private static void empty(Cpu cpu, Instruction i) {
		if ((cpu.cr0 & Cpu.CR0_EM) != 0) {
			throw cpu.raise(Vector.UD);
		}
		FloatStack.check(cpu);
		cpu.fpu.setTop(0);
		cpu.fpu.valid = 0;
	}
}
