package mshv.backend.emu.partition;

import mshv.backend.emu.cpu.FpuState;

/** The x87 registers, kept over INIT, which does not change them. */
record FpuCopy(long[] significand, int[] signExponent, int valid, int control, int status, int lastOpcode, long lastInstruction,
		int lastInstructionSelector, long lastOperand, int lastOperandSelector) {
	static FpuCopy of(FpuState fpu) {
		return new FpuCopy(fpu.significand.clone(), fpu.signExponent.clone(), fpu.valid, fpu.control, fpu.status, fpu.lastOpcode,
			fpu.lastInstruction, fpu.lastInstructionSelector, fpu.lastOperand, fpu.lastOperandSelector);
	}

	void restore(FpuState fpu) {
		System.arraycopy(significand, 0, fpu.significand, 0, significand.length);
		System.arraycopy(signExponent, 0, fpu.signExponent, 0, signExponent.length);
		fpu.valid = valid;
		fpu.control = control;
		fpu.status = status;
		fpu.lastOpcode = lastOpcode;
		fpu.lastInstruction = lastInstruction;
		fpu.lastInstructionSelector = lastInstructionSelector;
		fpu.lastOperand = lastOperand;
		fpu.lastOperandSelector = lastOperandSelector;
	}
}
