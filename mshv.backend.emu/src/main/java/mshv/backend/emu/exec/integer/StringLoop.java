package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;

/**
 * The repetition of a string instruction.
 * <p>
 * Works on runs of elements where it can. RCX is brought up to date after each run, as the pointers are, so a fault at the next element
 * finds the progress committed.
 */
final class StringLoop {
	/** Bytes after which a repeated instruction looks whether the processor is wanted elsewhere. */
	private static final int PIECE = 1 << 16;
	private static final int EQUAL = 4;

	/** Executes the instruction for one element, and moves the pointers. */
	@FunctionalInterface
	interface One {
		void execute(Cpu cpu, Instruction i);
	}

	/** Executes the instruction for as many elements as go in one piece, and moves the pointers. */
	@FunctionalInterface
	interface Run {
		/** @param remaining most elements, not 0, unsigned
		 * @return elements done; 0 if the next one must go alone */
		long execute(Cpu cpu, Instruction i, long remaining);
	}

	private StringLoop() {}

	/** Executes a string instruction. @param compares true if it also ends when ZF is not that of its prefix */
	static void execute(Cpu cpu, Instruction i, Run run, One one, boolean compares) {
		if (!i.repeat && !i.repeatNot) {
			one.execute(cpu, i);
			return;
		}
		long count = cpu.r[Cpu.RCX];
		try {
			if (repeat(cpu, i, run, one, compares)) {
				cpu.systemFlags &= ~(long) Flag.RF;
			} else {
				// A breakpoint on it has been reported
				cpu.systemFlags |= Flag.RF;
			}
		} catch (GuestFault fault) {
			throw interrupted(cpu, fault, count);
		}
	}

	/** @param count RCX before the first element @return the fault to throw */
	private static GuestFault interrupted(Cpu cpu, GuestFault fault, long count) {
		long remaining = cpu.r[Cpu.RCX];
		if (fault.vector < 0 && remaining != count) {
			cpu.systemFlags |= Flag.RF;
		}
		if (fault.vector == GuestFault.EXIT) {
			cpu.exit.repeat = true;
			cpu.exit.count = remaining;
		}
		return fault;
	}

	/** @return false if elements remain */
	private static boolean repeat(Cpu cpu, Instruction i, Run run, One one, boolean compares) {
		boolean stepwise = stepwise(cpu);
		long remaining = Operands.readRegister(cpu, Cpu.RCX, i.addressSize);
		long bytes = 0;
		while (remaining != 0) {
			long elements = stepwise ? 0 : run.execute(cpu, i, remaining);
			if (elements == 0) {
				one.execute(cpu, i);
				elements = 1;
			}
			remaining -= elements;
			Operands.writeRegister(cpu, Cpu.RCX, i.addressSize, remaining);
			if (compares && cpu.condition(EQUAL) != i.repeat) {
				return true;
			}
			bytes += elements * i.operandSize;
			if (remaining != 0 && (stepwise || bytes >= PIECE)) {
				if (cpu.attention != 0) {
					// Starts again with what remains, after whatever else there is to do.
					cpu.nextRip = cpu.rip;
					return false;
				}
				bytes = 0;
			}
		}
		return true;
	}

	/** @return true if elements must go one by one, with a pause possible after each: single step, breakpoints, alignment checks */
	private static boolean stepwise(Cpu cpu) {
		boolean alignmentChecked = cpu.cpl == 3 && (cpu.systemFlags & Flag.AC) != 0 && (cpu.cr0 & Cpu.CR0_AM) != 0;
		return alignmentChecked || (cpu.systemFlags & Flag.TF) != 0 || (cpu.dr[7] & 0xFF) != 0;
	}
}
