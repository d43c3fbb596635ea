package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;

/**
 * Implicit supervisor accesses: descriptor tables and task-state segments, at any CPL (Intel SDM vol. 3, 4.6.1).
 * Addresses are linear; outside long mode they wrap at 4 GiB.
 */
final class SystemMemory {
	private SystemMemory() {}

	/** @param size 1, 2, 4 or 8 bytes
	 * @return the value, zero-extended */
	static long read(Cpu cpu, long address, int size) {
		int mode = begin(cpu);
		try {
			return cpu.read(wrap(cpu, address), size);
		} finally {
			end(cpu, mode);
		}
	}

	static void write(Cpu cpu, long address, int size, long value) {
		int mode = begin(cpu);
		try {
			cpu.write(wrap(cpu, address), size, value);
		} finally {
			end(cpu, mode);
		}
	}

	/** Raises what a store to the range would raise. @param size bytes, at most a page */
	static void probeWrite(Cpu cpu, long address, int size) {
		int mode = begin(cpu);
		try {
			cpu.hostForWrite(wrap(cpu, address), 1);
			cpu.hostForWrite(wrap(cpu, address + size - 1), 1);
		} finally {
			end(cpu, mode);
		}
	}

	/** In compatibility mode too, the addresses of system structures are 64 bits wide. */
	private static int begin(Cpu cpu) {
		int mode = cpu.mode;
		if (cpu.longModeActive()) {
			cpu.mode = 64;
		}
		cpu.mmu.beginSystemAccess();
		return mode;
	}

	private static void end(Cpu cpu, int mode) {
		cpu.mmu.endSystemAccess();
		cpu.mode = mode;
	}

	private static long wrap(Cpu cpu, long address) {
		return cpu.longModeActive() ? address : address & 0xFFFFFFFFL;
	}
}
