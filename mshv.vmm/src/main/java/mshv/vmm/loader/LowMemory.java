package mshv.vmm.loader;

import mshv.vmm.memory.GuestRam;

/** Where the loader keeps what a kernel is handed, below 1 MiB, and the tables that entering it needs. Guest-physical addresses. */
final class LowMemory {
	/** Global descriptor table. */
	static final long GDT = 0x500;
	/** PVH start information, or the zero page of Linux. */
	static final long START_INFO = 0x7000;
	/** Four levels of page tables: six pages. */
	static final long PAGE_TABLES = 0x9000;
	/** Command line; also names of modules. */
	static final long COMMAND_LINE = 0x20000;
	/** End of all that. */
	static final long END = 0x30000;

	private static final int PAGE = 0x1000;
	private static final int MAPPED_GIB = 4;
	private static final long PRESENT_WRITABLE = 3;
	private static final long LARGE = 0x80;
	/** Null, unused, code, data, task: the selectors 0x10 and 0x18 are those of Linux's boot protocol. */
	private static final long GDT_CODE_64 = 0x00AF9B000000FFFFL;
	private static final long GDT_CODE_32 = 0x00CF9B000000FFFFL;
	private static final long GDT_DATA = 0x00CF93000000FFFFL;
	private static final long GDT_TASK = 0x00008B0000000067L;

	private LowMemory() {}

	/** Writes a descriptor table that matches the segments of {@link EntryState}. */
	static void writeGdt(GuestRam ram, long address, boolean longMode) {
		ram.writeValue(address, 8, 0);
		ram.writeValue(address + 8, 8, 0);
		ram.writeValue(address + 0x10, 8, longMode ? GDT_CODE_64 : GDT_CODE_32);
		ram.writeValue(address + 0x18, 8, GDT_DATA);
		ram.writeValue(address + 0x20, 8, GDT_TASK);
	}

	/** Maps the first 4 GiB to themselves in 2 MiB pages. */
	static void writePageTables(GuestRam ram) {
		long pointers = PAGE_TABLES + PAGE;
		long directories = PAGE_TABLES + 2 * PAGE;
		ram.clear(PAGE_TABLES, (2 + MAPPED_GIB) * PAGE);
		ram.writeValue(PAGE_TABLES, 8, pointers | PRESENT_WRITABLE);
		for (int gib = 0; gib < MAPPED_GIB; gib++) {
			ram.writeValue(pointers + 8 * gib, 8, directories + (long) gib * PAGE | PRESENT_WRITABLE);
		}
		for (int i = 0; i < MAPPED_GIB * 512; i++) {
			ram.writeValue(directories + 8L * i, 8, (long) i << 21 | LARGE | PRESENT_WRITABLE);
		}
	}
}
