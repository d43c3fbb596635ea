package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/** Vector operands, and the checks that come before them. */
public final class VectorOperands {
	private static final int EXCEPTION_SUMMARY = 0x80;

	private VectorOperands() {}

	/** Raises #UD or #NM where an SSE instruction may not execute. */
	static void checkSse(Cpu cpu) {
		if ((cpu.cr0 & Cpu.CR0_EM) != 0 || (cpu.cr4 & Cpu.CR4_OSFXSR) == 0) {
			throw cpu.raise(Vector.UD);
		}
		if ((cpu.cr0 & Cpu.CR0_TS) != 0) {
			throw cpu.raise(Vector.NM);
		}
	}

	/** Raises #UD, #NM or #MF where an MMX instruction may not execute. */
	static void checkMmx(Cpu cpu) {
		if ((cpu.cr0 & Cpu.CR0_EM) != 0) {
			throw cpu.raise(Vector.UD);
		}
		if ((cpu.cr0 & Cpu.CR0_TS) != 0) {
			throw cpu.raise(Vector.NM);
		}
		if ((cpu.fpu.status & EXCEPTION_SUMMARY) != 0) {
			throw cpu.raise(Vector.MF);
		}
	}

	/** Checks by the kind of register that an instruction with MMX and XMM forms uses. */
	static void check(Cpu cpu, Instruction i) {
		if (i.destination == OperandKind.MMX || i.source == OperandKind.MMX) {
			checkMmx(cpu);
		} else {
			checkSse(cpu);
		}
	}

	/** Makes the x87 registers MMX registers: the stack top becomes 0 and no register is empty. */
	static void enterMmx(Cpu cpu) {
		FpuState fpu = cpu.fpu;
		fpu.setTop(0);
		fpu.valid = 0xFF;
	}

	/** Writes an MMX register, and enters MMX state. */
	static void writeMmx(Cpu cpu, int register, long value) {
		enterMmx(cpu);
		cpu.fpu.significand[register] = value;
		cpu.fpu.signExponent[register] = 0xFFFF;
	}

	/** @return linear address of a memory operand; an unaligned one of 16 bytes raises #GP(0) if {@code aligned} */
	static long address(Cpu cpu, Instruction i, int size, boolean write, boolean aligned) {
		long address = Operands.address(cpu, i, size, write);
		if (aligned && (address & size - 1) != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		return address;
	}

	/** @return the source of an MMX form: 64 bits of a register or of memory ({@code size} bytes of it) */
	static long mmxSource(Cpu cpu, Instruction i, int size) {
		return i.source == OperandKind.MEMORY
			? cpu.read(address(cpu, i, size, false, false), size)
			: cpu.fpu.significand[i.sourceRegister];
	}

	/** Low half of a 128-bit source. To be asked before {@link #high}: raises what the access raises. */
	static long low(Cpu cpu, Instruction i, boolean aligned) {
		return i.source == OperandKind.MEMORY
			? cpu.readQword(address(cpu, i, 16, false, aligned))
			: cpu.xmm[2 * i.sourceRegister];
	}

	/** High half of a 128-bit source. */
	static long high(Cpu cpu, Instruction i) {
		return i.source == OperandKind.MEMORY
			? cpu.readQword(address(cpu, i, 16, false, false) + 8)
			: cpu.xmm[2 * i.sourceRegister + 1];
	}

	/** Source of a scalar form. @param size 4 or 8 bytes, zero-extended */
	static long scalar(Cpu cpu, Instruction i, int size) {
		return i.source == OperandKind.MEMORY
			? cpu.read(address(cpu, i, size, false, false), size)
			: cpu.xmm[2 * i.sourceRegister] & Operands.mask(size);
	}

	/** Stores 16 bytes: all or nothing. */
	public static void store(Cpu cpu, long address, long low, long high) {
		if ((address & 4095) > 4096 - 16) {
			cpu.readForWrite(address, 8);
			cpu.readForWrite(address + 8, 8);
		}
		cpu.writeQword(address, low);
		cpu.writeQword(address + 8, high);
	}
}
