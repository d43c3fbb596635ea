package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** SYSCALL, SYSRET, SYSENTER and SYSEXIT: CS and SS get fixed flat segments, no descriptor is read. */
final class FastCalls {
	private static final int CODE64 = 0xA09B;
	private static final int CODE32 = 0xC09B;
	private static final int DATA = 0xC093;
	/** What SYSRET takes from R11: RF, VM and reserved bits are cleared. */
	private static final long RETURNED_FLAGS = 0x3C7FD7;

	private FastCalls() {}

	static void register(HandlerTable table) {
		table.add(Opcode.SYSCALL, FastCalls::syscall);
		table.add(Opcode.SYSRET, FastCalls::sysret);
		table.add(Opcode.SYSENTER, FastCalls::sysenter);
		table.add(Opcode.SYSEXIT, FastCalls::sysexit);
	}

	private static void enter(Cpu cpu, int code, int codeAttributes, int stack, int privilege) {
		cpu.segments[Segment.CS].set(code & 0xFFFC | privilege, 0, 0xFFFFFFFFL, codeAttributes | privilege << 5);
		cpu.segments[Segment.SS].set(stack & 0xFFFC | privilege, 0, 0xFFFFFFFFL, DATA | privilege << 5);
		cpu.cpl = privilege;
		cpu.contextChanged();
	}

	private static void syscall(Cpu cpu, Instruction i) {
		if (cpu.mode != 64 || (cpu.efer & Cpu.EFER_SCE) == 0) {
			throw cpu.raise(Vector.UD);
		}
		long flags = cpu.rflags() & ~(long) Flag.RF;
		cpu.r[Cpu.RCX] = cpu.nextRip;
		cpu.r[11] = flags;
		cpu.setRflags(flags & ~cpu.sfmask);
		int selector = (int) (cpu.star >>> 32) & 0xFFFF;
		enter(cpu, selector, CODE64, selector + 8, 0);
		cpu.nextRip = cpu.lstar;
	}

	private static void sysret(Cpu cpu, Instruction i) {
		if (cpu.mode != 64 || (cpu.efer & Cpu.EFER_SCE) == 0) {
			throw cpu.raise(Vector.UD);
		}
		Privilege.requireSupervisor(cpu);
		boolean wide = i.operandSize == 8;
		long target = cpu.r[Cpu.RCX];
		if (wide) {
			Privilege.requireCanonical(cpu, target);
		}
		int selector = (int) (cpu.star >>> 48);
		cpu.setRflags(cpu.r[11] & RETURNED_FLAGS);
		enter(cpu, wide ? selector + 16 : selector, wide ? CODE64 : CODE32, selector + 8, 3);
		cpu.nextRip = wide ? target : target & 0xFFFFFFFFL;
	}

	private static void sysenter(Cpu cpu, Instruction i) {
		int selector = (int) cpu.sysenterCs & 0xFFFC;
		if (!cpu.protectedMode() || selector == 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		boolean longMode = cpu.longModeActive();
		cpu.systemFlags &= ~(long) (Flag.VM | Flag.IF | Flag.RF);
		enter(cpu, selector, longMode ? CODE64 : CODE32, selector + 8, 0);
		cpu.r[Cpu.RSP] = longMode ? cpu.sysenterEsp : cpu.sysenterEsp & 0xFFFFFFFFL;
		cpu.nextRip = longMode ? cpu.sysenterEip : cpu.sysenterEip & 0xFFFFFFFFL;
	}

	private static void sysexit(Cpu cpu, Instruction i) {
		int selector = (int) cpu.sysenterCs & 0xFFFC;
		if (!cpu.protectedMode() || selector == 0 || cpu.cpl != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		boolean wide = cpu.mode == 64 && i.operandSize == 8;
		long stack = cpu.r[Cpu.RCX];
		long target = cpu.r[Cpu.RDX];
		if (wide) {
			Privilege.requireCanonical(cpu, stack);
			Privilege.requireCanonical(cpu, target);
		}
		int code = selector + (wide ? 32 : 16);
		enter(cpu, code, wide ? CODE64 : CODE32, code + 8, 3);
		cpu.r[Cpu.RSP] = wide ? stack : stack & 0xFFFFFFFFL;
		cpu.nextRip = wide ? target : target & 0xFFFFFFFFL;
	}
}
