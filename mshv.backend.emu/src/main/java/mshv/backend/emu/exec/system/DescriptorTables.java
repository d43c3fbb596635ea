package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;

/** Descriptors in the GDT and the current LDT, found by selector. */
final class DescriptorTables {
	/** Result of {@link #address}: the selector is beyond its table. */
	static final long OUTSIDE = -1;

	private static final int TABLE_INDICATOR = 4;

	private DescriptorTables() {}

	/** @return true for selectors 0 to 3 */
	static boolean isNull(int selector) {
		return (selector & 0xFFFC) == 0;
	}

	/** @return true if the selector names the LDT */
	static boolean local(int selector) {
		return (selector & TABLE_INDICATOR) != 0;
	}

	/** Prepares an exception about a selector. @param ext 1 if it arises while an event from outside the program is delivered, else 0 */
	static GuestFault refuse(Cpu cpu, int vector, int selector, int ext) {
		return cpu.raise(vector, selector & 0xFFFC | ext);
	}

	/** @param bytes size of the descriptor: 8, or 16 for a system descriptor in long mode
	 * @return linear address of the descriptor, or {@link #OUTSIDE} */
	static long address(Cpu cpu, int selector, int bytes) {
		long base = cpu.gdtBase;
		long limit = cpu.gdtLimit & 0xFFFF;
		if (local(selector)) {
			Segment ldt = cpu.segments[Segment.LDTR];
			if (!ldt.present()) {
				return OUTSIDE;
			}
			base = ldt.base;
			limit = ldt.limit;
		}
		int offset = selector & 0xFFF8;
		return offset + bytes - 1 > limit ? OUTSIDE : base + offset;
	}

	/** Reads a descriptor. @param vector exception to raise if the selector is beyond its table
	 * @param ext see {@link #refuse} */
	static long read(Cpu cpu, int selector, int vector, int ext) {
		long address = address(cpu, selector, 8);
		if (address == OUTSIDE) {
			throw refuse(cpu, vector, selector, ext);
		}
		return SystemMemory.read(cpu, address, 8);
	}

	/** Reads the upper half of a system descriptor in long mode; its type field must be zero. */
	static long readUpper(Cpu cpu, int selector, int vector, int ext) {
		long address = address(cpu, selector, 16);
		if (address == OUTSIDE) {
			throw refuse(cpu, vector, selector, ext);
		}
		long upper = SystemMemory.read(cpu, address + 8, 8);
		if ((upper >>> 40 & 0x1F) != 0) {
			throw refuse(cpu, vector, selector, ext);
		}
		return upper;
	}

	/** Sets the accessed bit of a code or data descriptor, if it is clear. @return the descriptor with the bit set */
	static long access(Cpu cpu, int selector, long raw) {
		if ((raw & Descriptor.ACCESSED) == 0) {
			SystemMemory.write(cpu, address(cpu, selector, 8) + 5, 1, raw >>> 40 | 1);
		}
		return raw | Descriptor.ACCESSED;
	}

	/** Sets or clears the busy bit of a TSS descriptor. */
	static void setBusy(Cpu cpu, int selector, boolean busy) {
		long address = address(cpu, selector, 8);
		if (address != OUTSIDE) {
			long rights = SystemMemory.read(cpu, address + 5, 1);
			SystemMemory.write(cpu, address + 5, 1, busy ? rights | Descriptor.BUSY : rights & ~Descriptor.BUSY);
		}
	}
}
