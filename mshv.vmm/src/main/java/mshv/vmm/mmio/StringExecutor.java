package mshv.vmm.mmio;

import static mshv.vmm.cpu.RegisterFile.RAX;
import static mshv.vmm.cpu.RegisterFile.RCX;
import static mshv.vmm.cpu.RegisterFile.RDI;
import static mshv.vmm.cpu.RegisterFile.RSI;

import mshv.vmm.cpu.GuestException;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.RegisterFile;

/**
 * MOVS, CMPS, STOS, LODS and SCAS, element by element.
 * Registers show what is done, so each element can fault or be the last of this exit.
 */
final class StringExecutor {
	/** Elements in one exit; the rest follow in the next, so that the processor can be interrupted. */
	private static final int CHUNK = 1024;
	private static final long DIRECTION_FLAG = 1 << 10;
	private static final int ES = 0;
	private static final int FS = 4;
	private static final int REPEAT_WHILE_EQUAL = 0xF3;

	private final RegisterFile registers;
	private final LinearMemory memory;
	private final Alu alu;

	StringExecutor(RegisterFile registers, LinearMemory memory, Alu alu) {
		this.registers = registers;
		this.memory = memory;
		this.alu = alu;
	}

	/** @param next address of the next instruction
	 * @param single whether the exit ends after one element
	 * @return true: all forms are emulated */
	boolean execute(Instruction i, long next, boolean single) throws GuestException {
		int size = (i.opcode & 1) == 0 ? 1 : i.operandSize;
		long mask = Alu.mask(i.addressSize);
		boolean compares = i.opcode == 0xA6 || i.opcode == 0xA7 || i.opcode >= 0xAE;
		if (i.repeat != 0 && (registers.get(RCX) & mask) == 0) {
			registers.setRip(next);
			return true;
		}
		// The hypervisor has checked the first element against its segments
		int most = single || !i.longMode && !(registers.isFlat(ES) && registers.isFlat(i.segment)) ? 1 : CHUNK;
		for (int element = 0; element < most; element++) {
			element(i, size);
			if (i.repeat == 0) {
				registers.setRip(next);
				return true;
			}
			step(RCX, -1, i.addressSize);
			boolean last = (registers.get(RCX) & mask) == 0;
			if (compares) {
				// The flags of each comparison count, even if a later element faults
				registers.setFlags(alu.flags());
				last |= (alu.flags() & Alu.ZF) != 0 != (i.repeat == REPEAT_WHILE_EQUAL);
			}
			if (last) {
				registers.setRip(next);
				return true;
			}
		}
		return true;
	}

	private void element(Instruction i, int size) throws GuestException {
		long step = (registers.flags() & DIRECTION_FLAG) != 0 ? -size : size;
		switch (i.opcode & 0xFE) {
			case 0xA4 -> {
				memory.write(address(i, RDI, ES), size, memory.read(address(i, RSI, i.segment), size));
				step(RSI, step, i.addressSize);
				step(RDI, step, i.addressSize);
			}
			case 0xA6 -> {
				long first = memory.read(address(i, RSI, i.segment), size);
				alu.binary(7, first, memory.read(address(i, RDI, ES), size), size);
				step(RSI, step, i.addressSize);
				step(RDI, step, i.addressSize);
			}
			case 0xAA -> {
				memory.write(address(i, RDI, ES), size, registers.get(RAX));
				step(RDI, step, i.addressSize);
			}
			case 0xAC -> {
				long value = memory.read(address(i, RSI, i.segment), size);
				registers.set(RAX, size == 4 ? value : registers.get(RAX) & ~Alu.mask(size) | value);
				step(RSI, step, i.addressSize);
			}
			default -> {
				alu.binary(7, registers.get(RAX), memory.read(address(i, RDI, ES), size), size);
				step(RDI, step, i.addressSize);
			}
		}
	}

	private long address(Instruction i, int register, int segment) {
		long effective = registers.get(register) & Alu.mask(i.addressSize);
		if (i.longMode) {
			return segment < FS ? effective : effective + registers.segmentBase(segment);
		}
		return effective + registers.segmentBase(segment) & 0xFFFFFFFFL;
	}

	private void step(int register, long step, int addressSize) {
		long old = registers.get(register);
		registers.set(register, switch (addressSize) {
			case 2 -> old & ~0xFFFFL | old + step & 0xFFFF;
			case 4 -> old + step & 0xFFFFFFFFL;
			default -> old + step;
		});
	}
}
