package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/**
 * FXSAVE and FXRSTOR (Intel SDM vol. 1, table 10-2). Of the 512 bytes the last 96, and those of XMM8 to XMM15 outside 64-bit mode, are
 * neither written nor read.
 */
final class ExtendedState {
	private static final int SIZE = 512;
	/** Bits of MXCSR that exist, denormals-are-zeros included. */
	private static final long MXCSR_MASK = 0xFFFF;
	private static final int REGISTERS = 32;
	private static final int XMM = 160;

	private ExtendedState() {}

	static void register(HandlerTable table) {
		table.add(Opcode.FXSAVE, ExtendedState::save);
		table.add(Opcode.FXRSTOR, ExtendedState::restore);
	}

	private static long address(Cpu cpu, Instruction i, boolean write) {
		FloatStack.checkAvailable(cpu);
		long address = Operands.address(cpu, i, SIZE, write);
		if ((address & 15) != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		return address;
	}

	/** @return elements of {@link Cpu#xmm} that the current mode reaches */
	private static int halves(Cpu cpu) {
		return cpu.mode == 64 ? 32 : 16;
	}

	private static void save(Cpu cpu, Instruction i) {
		long address = address(cpu, i, true);
		// Of two pages that both fault, processors report the second.
		cpu.readForWrite(StateArea.at(cpu, address, SIZE - 8), 8);
		long host = StateArea.forWrite(cpu, address, SIZE, 8);
		FpuState fpu = cpu.fpu;
		StateArea.putQword(cpu, host, address, 0,
			fpu.control | (long) fpu.status << 16 | (long) fpu.valid << 32 | (long) fpu.lastOpcode << 48);
		if (i.sourceSize == 8) {
			StateArea.putQword(cpu, host, address, 8, fpu.lastInstruction);
			StateArea.putQword(cpu, host, address, 16, fpu.lastOperand);
		} else {
			StateArea.putQword(cpu, host, address, 8, fpu.lastInstruction & 0xFFFFFFFFL | (long) fpu.lastInstructionSelector << 32);
			StateArea.putQword(cpu, host, address, 16, fpu.lastOperand & 0xFFFFFFFFL | (long) fpu.lastOperandSelector << 32);
		}
		StateArea.putQword(cpu, host, address, 24, cpu.mxcsr & 0xFFFFFFFFL | MXCSR_MASK << 32);
		for (int n = 0; n < 8; n++) {
			int register = FloatStack.register(fpu, n);
			StateArea.putQword(cpu, host, address, REGISTERS + 16 * n, fpu.significand[register]);
			StateArea.putQword(cpu, host, address, REGISTERS + 16 * n + 8, fpu.signExponent[register]);
		}
		int halves = halves(cpu);
		for (int n = 0; n < halves; n++) {
			StateArea.putQword(cpu, host, address, XMM + 8 * n, cpu.xmm[n]);
		}
	}

	private static void restore(Cpu cpu, Instruction i) {
		long address = address(cpu, i, false);
		cpu.readQword(StateArea.at(cpu, address, SIZE - 8));
		long host = StateArea.forRead(cpu, address, SIZE, 8);
		long mxcsr = StateArea.dword(cpu, host, address, 24);
		if ((mxcsr & ~MXCSR_MASK) != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		FpuState fpu = cpu.fpu;
		long words = StateArea.qword(cpu, host, address, 0);
		fpu.status = (int) (words >>> 16) & 0xFFFF;
		Control.setControl(fpu, (int) words & 0xFFFF);
		fpu.valid = (int) (words >>> 32) & 0xFF;
		fpu.lastOpcode = (int) (words >>> 48) & 0x7FF;
		long instruction = StateArea.qword(cpu, host, address, 8);
		long operand = StateArea.qword(cpu, host, address, 16);
		if (i.sourceSize == 8) {
			fpu.lastInstruction = instruction;
			fpu.lastInstructionSelector = 0;
			fpu.lastOperand = operand;
			fpu.lastOperandSelector = 0;
		} else {
			fpu.lastInstruction = instruction & 0xFFFFFFFFL;
			fpu.lastInstructionSelector = (int) (instruction >>> 32) & 0xFFFF;
			fpu.lastOperand = operand & 0xFFFFFFFFL;
			fpu.lastOperandSelector = (int) (operand >>> 32) & 0xFFFF;
		}
		for (int n = 0; n < 8; n++) {
			int register = FloatStack.register(fpu, n);
			fpu.significand[register] = StateArea.qword(cpu, host, address, REGISTERS + 16 * n);
			fpu.signExponent[register] = StateArea.word(cpu, host, address, REGISTERS + 16 * n + 8);
		}
		int halves = halves(cpu);
		for (int n = 0; n < halves; n++) {
			cpu.xmm[n] = StateArea.qword(cpu, host, address, XMM + 8 * n);
		}
		cpu.setMxcsr((int) mxcsr);
	}
}
