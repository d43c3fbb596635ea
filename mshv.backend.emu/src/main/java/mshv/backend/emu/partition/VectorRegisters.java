package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;

/** Names 0x00030000 to 0x0003FFFF: the XMM registers, the x87 registers, and their control and status. */
final class VectorRegisters {
	private static final int XMM = 0x30000, FP = 0x30010, FP_CONTROL_STATUS = 0x30018, XMM_CONTROL_STATUS = 0x30019;

	private final Cpu cpu;
	private final RegisterBits bits;

	VectorRegisters(Cpu cpu, RegisterBits bits) {
		this.cpu = cpu;
		this.bits = bits;
	}

	boolean read(int name) {
		if (name < FP) {
			bits.low = cpu.xmm[2 * (name - XMM)];
			bits.high = cpu.xmm[2 * (name - XMM) + 1];
		} else if (name < FP_CONTROL_STATUS) {
			int register = cpu.fpu.top() + name - FP & 7;
			bits.low = cpu.fpu.significand[register];
			bits.high = cpu.fpu.signExponent[register] & 0xFFFF;
		} else if (name == FP_CONTROL_STATUS) {
			FpuState fpu = cpu.fpu;
			bits.low = fpu.control & 0xFFFFL | (fpu.status & 0xFFFFL) << 16 | (fpu.valid & 0xFFL) << 32 | (fpu.lastOpcode & 0x7FFL) << 48;
			bits.high = XsaveArea.instructionPointer(cpu);
		} else if (name == XMM_CONTROL_STATUS) {
			bits.low = XsaveArea.operandPointer(cpu);
			bits.high = cpu.mxcsr & 0xFFFFFFFFL | (long) XsaveArea.MXCSR_MASK << 32;
		} else {
			return false;
		}
		return true;
	}

	HvStatus write(int name, long low, long high) {
		if (name < FP) {
			cpu.xmm[2 * (name - XMM)] = low;
			cpu.xmm[2 * (name - XMM) + 1] = high;
		} else if (name < FP_CONTROL_STATUS) {
			int register = cpu.fpu.top() + name - FP & 7;
			cpu.fpu.significand[register] = low;
			cpu.fpu.signExponent[register] = (int) high & 0xFFFF;
		} else if (name == FP_CONTROL_STATUS) {
			writeFpControl(low, high);
		} else if (name == XMM_CONTROL_STATUS) {
			if ((high & 0xFFFFFFFFL & ~XsaveArea.MXCSR_MASK) != 0) {
				return HvStatus.INVALID_REGISTER_VALUE;
			}
			XsaveArea.setOperandPointer(cpu, low);
			cpu.setMxcsr((int) high);
		} else {
			return HvStatus.INVALID_PARAMETER;
		}
		return HvStatus.SUCCESS;
	}

	/** ST(i) stay the same registers when TOP changes: they are numbered from it. */
	private void writeFpControl(long low, long high) {
		FpuState fpu = cpu.fpu;
		int before = fpu.top();
		fpu.control = (int) low & 0xFFFF;
		fpu.status = (int) (low >>> 16) & 0xFFFF;
		fpu.valid = (int) (low >>> 32) & 0xFF;
		fpu.lastOpcode = (int) (low >>> 48) & 0x7FF;
		XsaveArea.setInstructionPointer(cpu, high);
		int shift = fpu.top() - before & 7;
		if (shift != 0) {
			long[] significand = fpu.significand.clone();
			int[] signExponent = fpu.signExponent.clone();
			for (int i = 0; i < 8; i++) {
				fpu.significand[i + shift & 7] = significand[i];
				fpu.signExponent[i + shift & 7] = signExponent[i];
			}
		}
	}
}
