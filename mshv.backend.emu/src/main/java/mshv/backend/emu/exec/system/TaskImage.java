package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;

/**
 * The state of a task as its TSS holds it (Intel SDM vol. 3, 8.2.1 and 8.6).
 *
 * @param wide true for a 32-bit TSS
 * @param cr3 of a 32-bit TSS
 * @param ip next instruction
 * @param flags EFLAGS
 * @param registers EAX to EDI in encoding order
 * @param selectors ES, CS, SS, DS, FS, GS; the last two are null in a 16-bit TSS
 * @param localTable selector of the LDT
 * @param trap T bit of a 32-bit TSS
 */
record TaskImage(boolean wide, long cr3, long ip, long flags, long[] registers, int[] selectors, int localTable, boolean trap) {
	private static final int CR3 = 0x1C, TRAP = 0x64;

	/** @return bytes that a TSS must have */
	static int size(boolean wide) {
		return wide ? 0x68 : 0x2C;
	}

	/** @return bytes up to the end of what is saved when the task is left */
	static int savedSize(boolean wide) {
		return wide ? 0x60 : 0x2A;
	}

	private static int ipOffset(boolean wide) {
		return wide ? 0x20 : 0x0E;
	}

	private static int registerOffset(boolean wide, int register) {
		return wide ? 0x28 + 4 * register : 0x12 + 2 * register;
	}

	private static int selectorOffset(boolean wide, int register) {
		return wide ? 0x48 + 4 * register : 0x22 + 2 * register;
	}

	/** Reads a task's state. @param base linear address of its TSS */
	static TaskImage read(Cpu cpu, long base, boolean wide) {
		int size = wide ? 4 : 2;
		long[] registers = new long[8];
		for (int n = 0; n < 8; n++) {
			registers[n] = SystemMemory.read(cpu, base + registerOffset(wide, n), size);
		}
		int[] selectors = new int[6];
		for (int n = 0; n < (wide ? 6 : 4); n++) {
			selectors[n] = (int) SystemMemory.read(cpu, base + selectorOffset(wide, n), 2);
		}
		long ip = SystemMemory.read(cpu, base + ipOffset(wide), size);
		long flags = SystemMemory.read(cpu, base + ipOffset(wide) + size, size);
		int localTable = (int) SystemMemory.read(cpu, base + (wide ? 0x60 : 0x2A), 2);
		long cr3 = wide ? SystemMemory.read(cpu, base + CR3, 4) : 0;
		boolean trap = wide && (SystemMemory.read(cpu, base + TRAP, 2) & 1) != 0;
		return new TaskImage(wide, cr3, ip, flags, registers, selectors, localTable, trap);
	}

	/** Saves the processor's state. @param base linear address of the TSS
	 * @param rip next instruction */
	static void save(Cpu cpu, long base, boolean wide, long rip, long flags) {
		int size = wide ? 4 : 2;
		SystemMemory.write(cpu, base + ipOffset(wide), size, rip);
		SystemMemory.write(cpu, base + ipOffset(wide) + size, size, flags);
		for (int n = 0; n < 8; n++) {
			SystemMemory.write(cpu, base + registerOffset(wide, n), size, cpu.r[n]);
		}
		for (int n = Segment.ES; n <= (wide ? Segment.GS : Segment.DS); n++) {
			SystemMemory.write(cpu, base + selectorOffset(wide, n), 2, cpu.segments[n].selector);
		}
	}
}
