package mshv.vmm.mmio;

import mshv.api.RegisterValue;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.PageFault;
import mshv.vmm.cpu.RegisterFile;

/** Moves between XMM registers and memory. */
final class VectorExecutor {
	private final RegisterFile registers;
	private final LinearMemory memory;

	VectorExecutor(RegisterFile registers, LinearMemory memory) {
		this.registers = registers;
		this.memory = memory;
	}

	/** @param linear address of the memory operand @return false if the instruction is not one of those that are emulated */
	boolean execute(Instruction i, long linear) throws PageFault {
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
			registers.setXmm(i.reg, new RegisterValue(low, size == 16 ? memory.read(linear + 8, 8) : 0));
			return true;
		}
		RegisterValue value = registers.xmm(i.reg);
		memory.checkWrite(linear, size);
		memory.write(linear, Math.min(size, 8), value.low());
		if (size == 16) {
			memory.write(linear + 8, 8, value.high());
		}
		return true;
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
