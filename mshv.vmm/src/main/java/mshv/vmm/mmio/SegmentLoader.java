package mshv.vmm.mmio;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.cpu.GuestException;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.RegisterFile;

/** Loads segment registers in 64-bit mode from selectors that were read from device memory (Intel SDM vol. 3, chapters 3 and 5). */
final class SegmentLoader {
	private static final int CS = 1;
	private static final int SS = 2;
	private static final int STACK_FAULT = 12;
	private static final int TYPE_AVAILABLE_TASK = 9;
	private static final int BUSY = 2;
	private static final int SYSTEM_BIT = 0x10;
	private static final int PRESENT = 0x80;
	private static final int CODE = 8;
	private static final int CONFORMING = 4;
	private static final int READABLE_OR_WRITABLE = 2;
	private static final int ACCESSED = 1;
	private static final int LONG = 1 << 13;

	private final RegisterFile registers;
	private final LinearMemory memory;

	/** A descriptor's low half and where it is. */
	private record Descriptor(long address, long value) {
		/** Attributes as a segment register has them. */
		int attributes() {
			return (int) (value >>> 40) & 0xF0FF;
		}

		int privilege() {
			return attributes() >> 5 & 3;
		}

		boolean has(int bits) {
			return (attributes() & bits) == bits;
		}

		long base() {
			return value >>> 16 & 0xFFFFFF | (value >>> 56) << 24;
		}

		int limit() {
			int limit = (int) (value & 0xFFFF | value >>> 32 & 0xF0000);
			return (attributes() & 1 << 15) != 0 ? limit << 12 | 0xFFF : limit;
		}
	}

	SegmentLoader(RegisterFile registers, LinearMemory memory) {
		this.registers = registers;
		this.memory = memory;
	}

	/** LTR. @return false outside 64-bit mode */
	boolean loadTask(Instruction i, int selector) throws GuestException {
		if (!i.longMode) {
			return false;
		}
		if (selector >> 2 == 0 || (selector & 4) != 0) {
			throw protection(selector);
		}
		Descriptor descriptor = read(selector, 16);
		if ((descriptor.attributes() & 0x1F) != TYPE_AVAILABLE_TASK) {
			throw protection(selector);
		}
		requirePresent(descriptor, selector, GuestException.NOT_PRESENT);
		long base = descriptor.base() | memory.read(descriptor.address + 8, 4) << 32;
		memory.write(descriptor.address + 5, 1, descriptor.attributes() & 0xFF | BUSY);
		registers.setOther(Register.TR, RegisterValue.segment(base, descriptor.limit(), selector, descriptor.attributes() | BUSY));
		return true;
	}

	/** MOV to a segment register. @return false outside 64-bit mode, and for CS */
	boolean loadData(Instruction i, int selector) throws GuestException {
		if (!i.longMode || i.group > 5 || i.group == CS) {
			return false;
		}
		int current = privilege();
		if (selector >> 2 == 0) {
			if (i.group == SS && (current == 3 || (selector & 3) != current)) {
				throw protection(0);
			}
			// The base of FS and GS goes too; the attributes say that nothing is there, at this privilege level
			registers.setOther(RegisterFile.segment(i.group), RegisterValue.segment(0, 0, selector, current << 5));
			return true;
		}
		Descriptor descriptor = read(selector, 8);
		int requested = selector & 3;
		boolean code = descriptor.has(CODE);
		boolean fits = descriptor.has(SYSTEM_BIT);
		if (i.group == SS) {
			fits &= !code && descriptor.has(READABLE_OR_WRITABLE) && requested == current && descriptor.privilege() == current;
		} else {
			fits &= !code || descriptor.has(READABLE_OR_WRITABLE);
			fits &= code && descriptor.has(CONFORMING) || descriptor.privilege() >= Math.max(requested, current);
		}
		if (!fits) {
			throw protection(selector);
		}
		requirePresent(descriptor, selector, i.group == SS ? STACK_FAULT : GuestException.NOT_PRESENT);
		load(i.group, descriptor, selector);
		return true;
	}

	/** JMP to a code segment, by a far pointer. @return true */
	boolean jumpFar(Instruction i, long offset, int selector) throws GuestException {
		if (selector >> 2 == 0) {
			throw protection(0);
		}
		Descriptor descriptor = read(selector, 8);
		int current = privilege();
		boolean conforming = descriptor.has(CONFORMING);
		if (!descriptor.has(SYSTEM_BIT | CODE) || (conforming ? descriptor.privilege() > current
			: descriptor.privilege() != current || (selector & 3) > current)) {
			throw protection(selector);
		}
		requirePresent(descriptor, selector, GuestException.NOT_PRESENT);
		boolean longMode = (descriptor.attributes() & LONG) != 0;
		if (longMode && offset << 16 >> 16 != offset) {
			throw protection(0);
		}
		load(CS, descriptor, selector & ~3 | current);
		registers.setRip(longMode ? offset : offset & 0xFFFFFFFFL);
		return true;
	}

	private void load(int number, Descriptor descriptor, int selector) throws GuestException {
		if (!descriptor.has(ACCESSED)) {
			memory.write(descriptor.address + 5, 1, descriptor.attributes() & 0xFF | ACCESSED);
		}
		registers.setOther(RegisterFile.segment(number),
			RegisterValue.segment(descriptor.base(), descriptor.limit(), selector, descriptor.attributes() | ACCESSED));
	}

	private Descriptor read(int selector, int size) throws GuestException {
		boolean local = (selector & 4) != 0;
		RegisterValue table = registers.other(local ? Register.LDTR : Register.GDTR);
		long limit = local ? table.segmentLimit() : table.tableLimit();
		int offset = selector & ~7;
		if (offset + size - 1 > limit || local && (table.segmentAttributes() & PRESENT) == 0) {
			throw protection(selector);
		}
		long address = (local ? table.segmentBase() : table.tableBase()) + offset;
		return new Descriptor(address, memory.read(address, 8));
	}

	private int privilege() {
		return registers.other(Register.SS).segmentAttributes() >> 5 & 3;
	}

	private static void requirePresent(Descriptor descriptor, int selector, int vector) throws GuestException {
		if (!descriptor.has(PRESENT)) {
			throw GuestException.withErrorCode(vector, selector & ~3);
		}
	}

	private static GuestException protection(int selector) {
		return GuestException.withErrorCode(GuestException.PROTECTION, selector & ~3);
	}
}
