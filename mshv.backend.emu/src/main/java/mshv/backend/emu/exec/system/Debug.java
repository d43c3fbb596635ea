package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Breakpoints and single step, for the tier that executes instruction by instruction (Intel SDM vol. 3, 18.2 and 18.3). */
public final class Debug {
	/** DR6.BD: a debug register was accessed while DR7.GD was set. */
	public static final long GENERAL_DETECT = 1 << 13;
	/** DR6.BS: single step. */
	public static final long SINGLE_STEP = 1 << 14;
	/** DR6.BT: switch to a task with its T bit set. */
	static final long TASK_SWITCH = 1 << 15;
	/** DR6 bits that read as one. */
	static final long DR6_FIXED = 0xFFFF0FF0L;

	/** DR6.B0 to B3: breakpoints that were met. */
	public static final long BREAKPOINTS = 15;
	/** Kind of an I/O breakpoint in DR7. */
	private static final int PORT = 2;

	private Debug() {}

	/** @return true while instructions must be executed one by one: TF is set, an instruction breakpoint is enabled, or a debug condition
	 * waits to be reported */
	public static boolean needsPrecise(Cpu cpu) {
		return (cpu.systemFlags & Flag.TF) != 0 || cpu.pendingDebug != 0 || hasInstructionBreakpoint(cpu);
	}

	/** @return true if an instruction breakpoint is enabled */
	static boolean hasInstructionBreakpoint(Cpu cpu) {
		long dr7 = cpu.dr[7];
		for (int n = 0; n < 4; n++) {
			if (enabled(dr7, n) && kind(dr7, n) == 0) {
				return true;
			}
		}
		return false;
	}

	private static boolean enabled(long dr7, int n) {
		return (dr7 >>> 2 * n & 3) != 0;
	}

	private static int kind(long dr7, int n) {
		return (int) (dr7 >>> 16 + 4 * n) & 3;
	}

	/** To be asked before the instruction at {@link Cpu#rip} is executed.
	 * @return bits of DR6 for {@link Interrupts#deliverDebug}, 0 if no instruction breakpoint matches or RF is set */
	public static long instructionBreakpoints(Cpu cpu) {
		long dr7 = cpu.dr[7];
		if ((dr7 & 0xFF) == 0 || (cpu.systemFlags & Flag.RF) != 0) {
			return 0;
		}
		long address = cpu.mode == 64 ? cpu.rip : cpu.segments[Segment.CS].base + cpu.rip & 0xFFFFFFFFL;
		long met = 0;
		boolean report = false;
		for (int n = 0; n < 4; n++) {
			if (kind(dr7, n) == 0 && cpu.dr[n] == address) {
				met |= 1L << n;
				report |= enabled(dr7, n);
			}
		}
		return report ? met : 0;
	}

	/** @return DR6 bits of the I/O breakpoints that an access to ports meets */
	static long portBreakpoints(Cpu cpu, int port, int size) {
		long dr7 = cpu.dr[7];
		long met = 0;
		if ((dr7 & 0xFF) == 0 || (cpu.cr4 & Cpu.CR4_DE) == 0) {
			return 0;
		}
		for (int n = 0; n < 4; n++) {
			if (enabled(dr7, n) && kind(dr7, n) == PORT) {
				int length = ((int) (dr7 >>> 18 + 4 * n) & 3) + 1;
				long start = cpu.dr[n] & -length;
				if (length != 3 && port < start + length && start < port + size) {
					met |= 1L << n;
				}
			}
		}
		return met;
	}

	/** To be called when the present instruction leaves guest execution: what it is to be trapped for waits until it is completed.
	 * @param flagsBefore {@link Cpu#systemFlags} when it began
	 * @param heldBack what was pending when it began */
	public static void leaves(Cpu cpu, long flagsBefore, long heldBack) {
		cpu.exit.traps |= cpu.pendingDebug & ~heldBack | ((flagsBefore & Flag.TF) != 0 ? SINGLE_STEP : 0);
		cpu.pendingDebug = heldBack;
	}

	/** To be called when the instruction that left was completed from outside: what it is to be trapped for becomes pending. */
	public static void completedOutside(Cpu cpu) {
		cpu.systemFlags &= ~(long) Flag.RF;
		trapOutside(cpu);
	}

	/** To be called when iterations of the string instruction that left were done from outside, and others remain. */
	public static void iteratedOutside(Cpu cpu) {
		cpu.systemFlags |= Flag.RF;
		trapOutside(cpu);
	}

	private static void trapOutside(Cpu cpu) {
		cpu.endShadow();
		long traps = cpu.exit.traps;
		if ((cpu.systemFlags & Flag.TF) == 0) {
			// Who completes it has ended single step
			traps &= ~SINGLE_STEP;
		}
		makePending(cpu, cpu.pendingDebug | traps);
	}

	/** Sets what is to be reported before the next instruction. @param bits of DR6 */
	public static void makePending(Cpu cpu, long bits) {
		cpu.pendingDebug = bits;
		if (bits != 0) {
			cpu.requestAttention(Cpu.ATTENTION_PRECISE);
		}
	}

	/** To be called after an instruction has completed: ends the effect of RF, and collects what the instruction is to be trapped for.
	 * @param instruction the one that completed
	 * @param flagsBefore {@link Cpu#systemFlags} when it began
	 * @return bits of DR6 for {@link Interrupts#deliverDebug}, 0 if there is nothing to report */
	public static long afterInstruction(Cpu cpu, Instruction instruction, long flagsBefore) {
		Opcode opcode = instruction.opcode;
		if (!mayLoadResumeFlag(opcode) && !repeats(cpu, instruction)) {
			cpu.systemFlags &= ~(long) Flag.RF;
		}
		boolean loadsStack = (opcode == Opcode.MOV_TO_SEG || opcode == Opcode.POP_SEG) && instruction.destinationRegister == Segment.SS;
		if (loadsStack) {
			// Data breakpoints wait for the next instruction; a single step is lost.
			return 0;
		}
		long bits = cpu.pendingDebug;
		cpu.pendingDebug = 0;
		// SYSCALL is trapped as the flags that it leaves say; software interrupts are not.
		long flags = opcode == Opcode.SYSCALL ? cpu.systemFlags : flagsBefore;
		if ((flags & Flag.TF) != 0 && !isSoftwareInterrupt(opcode)) {
			bits |= SINGLE_STEP;
		}
		return bits;
	}

	/** A repeated string instruction that goes on keeps RF, so that a breakpoint on it is not met again. */
	private static boolean repeats(Cpu cpu, Instruction i) {
		return switch (i.opcode) {
			case MOVS, CMPS, STOS, LODS, SCAS -> (i.repeat || i.repeatNot) && cpu.rip == i.address;
			default -> false;
		};
	}

	/** IRET loads RF; so may a far transfer that switches tasks, and clears it otherwise. */
	private static boolean mayLoadResumeFlag(Opcode opcode) {
		return opcode == Opcode.IRET || opcode == Opcode.JMP_FAR || opcode == Opcode.CALL_FAR || isSoftwareInterrupt(opcode);
	}

	private static boolean isSoftwareInterrupt(Opcode opcode) {
		return opcode == Opcode.INT || opcode == Opcode.INT3 || opcode == Opcode.INT1 || opcode == Opcode.INTO;
	}

	/** Adds conditions to DR6; the breakpoint bits of an earlier report go. */
	static void report(Cpu cpu, long bits) {
		cpu.dr[6] = cpu.dr[6] & ~BREAKPOINTS | DR6_FIXED | bits;
	}
}
