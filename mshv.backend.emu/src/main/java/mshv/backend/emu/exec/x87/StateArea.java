package mshv.backend.emu.exec.x87;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;

/**
 * Blocks of memory that hold x87 state: read or written as a whole, or not at all.
 * <p>
 * A block is known by its linear address and, if it is in one page of plain memory, by its host address, else 0. Before the first access
 * all of it has been probed, so that accesses do not fault.
 */
final class StateArea {
	private StateArea() {}

	/** Makes sure that a block can be read.
	 * @param step bytes of its elements, to which its alignment is checked; divides {@code size}
	 * @return its host address or 0 */
	static long forRead(Cpu cpu, long address, int size, int step) {
		cpu.read(address, step);
		long host = cpu.hostForRead(address, size);
		for (int at = 0; host == 0 && at < size; at += step) {
			cpu.read(at(cpu, address, at), step);
		}
		return host;
	}

	/** Makes sure that a block can be written; see {@link #forRead}. */
	static long forWrite(Cpu cpu, long address, int size, int step) {
		cpu.readForWrite(address, step);
		long host = cpu.hostForWrite(address, size);
		for (int at = 0; host == 0 && at < size; at += step) {
			cpu.readForWrite(at(cpu, address, at), step);
		}
		return host;
	}

	/** @return linear address of an element */
	static long at(Cpu cpu, long address, int offset) {
		return cpu.mode == 64 ? address + offset : address + offset & 0xFFFFFFFFL;
	}

	static int word(Cpu cpu, long host, long address, int offset) {
		return host != 0 ? RAW.getShort(host + offset) & 0xFFFF : (int) cpu.readWord(at(cpu, address, offset));
	}

	static long dword(Cpu cpu, long host, long address, int offset) {
		return host != 0 ? RAW.getInt(host + offset) & 0xFFFFFFFFL : cpu.readDword(at(cpu, address, offset));
	}

	static long qword(Cpu cpu, long host, long address, int offset) {
		return host != 0 ? RAW.getLong(host + offset) : cpu.readQword(at(cpu, address, offset));
	}

	static void putWord(Cpu cpu, long host, long address, int offset, int value) {
		if (host != 0) {
			RAW.putShort(host + offset, (short) value);
		} else {
			cpu.writeWord(at(cpu, address, offset), value);
		}
	}

	static void putDword(Cpu cpu, long host, long address, int offset, long value) {
		if (host != 0) {
			RAW.putInt(host + offset, (int) value);
		} else {
			cpu.writeDword(at(cpu, address, offset), value);
		}
	}

	static void putQword(Cpu cpu, long host, long address, int offset, long value) {
		if (host != 0) {
			RAW.putLong(host + offset, value);
		} else {
			cpu.writeQword(at(cpu, address, offset), value);
		}
	}
}
