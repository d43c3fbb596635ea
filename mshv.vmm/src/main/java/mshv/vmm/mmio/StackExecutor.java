package mshv.vmm.mmio;

import static mshv.vmm.cpu.RegisterFile.RBP;
import static mshv.vmm.cpu.RegisterFile.RSP;

import mshv.vmm.cpu.GuestException;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.RegisterFile;

/** PUSH, POP, ENTER, LEAVE, and near CALL, JMP and RET, in 64-bit mode, where the stack has one form. */
final class StackExecutor {
	private final RegisterFile registers;
	private final LinearMemory memory;

	StackExecutor(RegisterFile registers, LinearMemory memory) {
		this.registers = registers;
		this.memory = memory;
	}

	/** @return whether the instruction is one of these, by its opcode */
	static boolean handles(Instruction i) {
		return switch (i.opcode) {
			case 0x68, 0x6A, 0x8F, 0xC3, 0xC8, 0xC9 -> true;
			case 0xFF -> i.group == 2 || i.group == 4 || i.group == 6;
			default -> i.opcode >= 0x50 && i.opcode <= 0x5F;
		};
	}

	/** @param linear address of the memory operand before the instruction @param next address of the next instruction
	 * @return false if this form is not emulated */
	boolean execute(Instruction i, long linear, long next) throws GuestException {
		if (!i.longMode) {
			return false;
		}
		int size = i.operandPrefix && i.operandSize == 2 ? 2 : 8;
		long rip = next;
		switch (i.opcode) {
			case 0xC3 -> rip = target(pop(8));
			case 0xC8 -> {
				// Nested frames have left no trace in compiled code
				if (i.immediate >> 16 != 0) {
					return false;
				}
				long frame = registers.get(RSP) - 8;
				memory.write(frame, 8, registers.get(RBP));
				registers.set(RBP, frame);
				registers.set(RSP, frame - (i.immediate & 0xFFFF));
			}
			case 0xC9 -> {
				long frame = registers.get(RBP);
				registers.set(RBP, memory.read(frame, 8));
				registers.set(RSP, frame + 8);
			}
			case 0xFF -> {
				long operand = memory.read(linear, i.group == 6 ? size : 8);
				if (i.group == 6) {
					push(operand, size);
				} else {
					rip = target(operand);
					if (i.group == 2) {
						push(next, 8);
					}
				}
			}
			case 0x68, 0x6A -> push(i.immediate, size);
			case 0x8F -> popToMemory(i, linear, size);
			default -> {
				if (i.opcode < 0x58) {
					push(registers.get(i.opcodeRegister), size);
				} else {
					long value = pop(size);
					long old = registers.get(i.opcodeRegister);
					registers.set(i.opcodeRegister, size == 2 ? old & ~0xFFFFL | value : value);
				}
			}
		}
		registers.setRip(rip);
		return true;
	}

	private void push(long value, int size) throws GuestException {
		long top = registers.get(RSP) - size;
		memory.write(top, size, value);
		registers.set(RSP, top);
	}

	private long pop(int size) throws GuestException {
		long top = registers.get(RSP);
		long value = memory.read(top, size);
		registers.set(RSP, top + size);
		return value;
	}

	private void popToMemory(Instruction i, long linear, int size) throws GuestException {
		long top = registers.get(RSP);
		long value = memory.read(top, size);
		// An address by RSP is that after the increment
		memory.write(i.memory && i.base == RSP ? linear + size : linear, size, value);
		registers.set(RSP, top + size);
	}

	/** @return the address, if the processor may go there */
	private static long target(long address) throws GuestException {
		if (address << 16 >> 16 != address) {
			throw GuestException.withErrorCode(GuestException.PROTECTION, 0);
		}
		return address;
	}
}
