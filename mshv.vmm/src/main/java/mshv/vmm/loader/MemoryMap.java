package mshv.vmm.loader;

import java.util.ArrayList;
import java.util.List;

import mshv.vmm.memory.GuestRam;

/** What a guest is told of its memory. */
final class MemoryMap {
	/** End of conventional memory: above is what a BIOS would have for itself. */
	static final long CONVENTIONAL_END = 0x9FC00;
	/** Where memory goes on. */
	static final long EXTENDED = 0x100000;
	/** Usable, as E820, multiboot and PVH agree. */
	static final int RAM = 1;
	/** Not to be used. */
	static final int RESERVED = 2;

	private MemoryMap() {}

	/**
	 * @param start guest-physical address
	 * @param size bytes
	 * @param type {@link #RAM} or {@link #RESERVED}
	 */
	record Entry(long start, long size, int type) {}

	static List<Entry> of(GuestRam ram) {
		List<Entry> entries = new ArrayList<>();
		entries.add(new Entry(0, CONVENTIONAL_END, RAM));
		entries.add(new Entry(CONVENTIONAL_END, EXTENDED - CONVENTIONAL_END, RESERVED));
		entries.add(new Entry(EXTENDED, ram.lowEnd() - EXTENDED, RAM));
		if (ram.highEnd() > GuestRam.HIGH_BASE) {
			entries.add(new Entry(GuestRam.HIGH_BASE, ram.highEnd() - GuestRam.HIGH_BASE, RAM));
		}
		return entries;
	}
}
