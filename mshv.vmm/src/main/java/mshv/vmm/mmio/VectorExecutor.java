package mshv.vmm.mmio;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.cpu.GuestException;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.RegisterFile;

/** Moves between XMM or MMX registers and memory. */
final class VectorExecutor {
	/** Of the top of the stack in FP_CONTROL_STATUS: bits 11 to 13 of the status word. */
	private static final int TOP_SHIFT = 16 + 11;
	/** The abridged tag byte in FP_CONTROL_STATUS. */
	private static final long ALL_IN_USE = 0xFFL << 32;

	private final RegisterFile registers;
	private final LinearMemory memory;

	VectorExecutor(RegisterFile registers, LinearMemory memory) {
		this.registers = registers;
		this.memory = memory;
	}

	/** @param linear address of the memory operand @return false if the instruction is not one of those that are emulated */
	boolean execute(Instruction i, long linear) throws GuestException {
		if ((i.opcode == 0x6F || i.opcode == 0x7F) && i.repeat == 0 && !i.operandPrefix) {
			moveMmx(i, linear);
			return true;
		}
		int size = size(i);
		if (size == 0) {
			return false;
		}
		boolean store = switch (i.opcode) {
			case 0x11, 0x29, 0x7F, 0xD6, 0xE7 -> true;
			case 0x7E -> i.repeat == 0;
			default -> false;
		};
		if (!store) {
			long low = memory.read(linear, Math.min(size, 8));
			registers.setOther(xmm(i.reg), new RegisterValue(low, size == 16 ? memory.read(linear + 8, 8) : 0));
			return true;
		}
		RegisterValue value = registers.other(xmm(i.reg));
		memory.checkWrite(linear, size);
		memory.write(linear, Math.min(size, 8), value.low());
		if (size == 16) {
			memory.write(linear + 8, 8, value.high());
		}
		return true;
	}

	/** MOVQ with an MMX register, which are the x87 registers with the stack's top at 0 and all in use. */
	private void moveMmx(Instruction i, long linear) throws GuestException {
		RegisterValue status = registers.other(Register.FP_CONTROL_STATUS);
		int top = (int) (status.low() >> TOP_SHIFT) & 7;
		Register before = Register.of(Register.FP_MMX0.code() + (i.group - top & 7));
		long value = i.opcode == 0x6F ? memory.read(linear, 8) : registers.other(before).low();
		if (i.opcode == 0x7F) {
			memory.write(linear, 8, value);
		}
		registers.setOther(Register.FP_CONTROL_STATUS, new RegisterValue(status.low() & ~(7L << TOP_SHIFT) | ALL_IN_USE, status.high()));
		if (i.opcode == 0x6F) {
			registers.setOther(Register.of(Register.FP_MMX0.code() + i.group), new RegisterValue(value, 0xFFFF));
		}
	}

	private static Register xmm(int number) {
		return Register.of(Register.XMM0.code() + number);
	}

	/** @return bytes moved, 0 if the form is not emulated; mandatory prefixes select it */
	private static int size(Instruction i) {
		boolean plain = i.repeat == 0 && !i.operandPrefix;
		boolean prefixed = i.repeat == 0 && i.operandPrefix;
		return switch (i.opcode) {
			case 0x10, 0x11 -> i.repeat == 0xF3 ? 4 : i.repeat == 0xF2 ? 8 : 16;
			case 0x28, 0x29 -> plain || prefixed ? 16 : 0;
			case 0x6F, 0x7F -> prefixed || i.repeat == 0xF3 ? 16 : 0;
			case 0xE7 -> prefixed ? 16 : 0;
			case 0x6E -> prefixed ? i.operandSize == 8 ? 8 : 4 : 0;
			case 0x7E -> i.repeat == 0xF3 ? 8 : prefixed ? i.operandSize == 8 ? 8 : 4 : 0;
			case 0xD6 -> prefixed ? 8 : 0;
			default -> 0;
		};
	}
}
