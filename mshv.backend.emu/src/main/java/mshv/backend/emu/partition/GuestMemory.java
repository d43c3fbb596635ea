package mshv.backend.emu.partition;

import java.util.Arrays;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.Overlays;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * The root's side of a partition's guest memory: maps and unmaps pages, and pays for the tables with pages of the pool, one for each 2 MiB
 * in which something is mapped. Changes are made while no processor of the partition runs.
 */
final class GuestMemory {
	/** Guest pages that one table page maps, also the pages of a large mapping. */
	static final int TABLE_PAGES = 512;
	/** Guest page numbers are below this. */
	static final long LIMIT = 1L << PhysicalMemory.ADDRESS_BITS - PhysicalMemory.PAGE_SHIFT;

	private static final int TABLE_SHIFT = 9;

	private final Overlays overlays;
	private final MemoryPool pool;
	private int[] mapped = new int[64];
	private long[] tables = new long[64];

	GuestMemory(Overlays overlays, MemoryPool pool) {
		this.overlays = overlays;
		this.pool = pool;
	}

	/** Maps consecutive pages, replacing what is mapped there. They lie within one table.
	 * @param page first guest page number
	 * @param host host address of the first page
	 * @param rights of {@link PhysicalMemory}
	 * @return SUCCESS, or INSUFFICIENT_MEMORY: nothing has changed */
	HvStatus map(long page, long host, int count, long rights) {
		int table = (int) (page >>> TABLE_SHIFT);
		if (table >= mapped.length) {
			int length = Integer.highestOneBit(table) << 1;
			mapped = Arrays.copyOf(mapped, length);
			tables = Arrays.copyOf(tables, length);
		}
		if (mapped[table] == 0) {
			long taken = pool.take();
			if (taken == 0) {
				return HvStatus.INSUFFICIENT_MEMORY;
			}
			tables[table] = taken;
		}
		for (int i = 0; i < count; i++) {
			if (overlays.mapped(page + i) == 0) {
				mapped[table]++;
			}
			overlays.map(page + i, host + (long) i * PhysicalMemory.PAGE_SIZE | rights);
		}
		return HvStatus.SUCCESS;
	}

	/** Unmaps consecutive pages of one table; those that are not mapped stay so. */
	void unmap(long page, int count) {
		int table = (int) (page >>> TABLE_SHIFT);
		if (table >= mapped.length || mapped[table] == 0) {
			return;
		}
		for (int i = 0; i < count; i++) {
			if (overlays.mapped(page + i) != 0) {
				overlays.map(page + i, 0);
				mapped[table]--;
			}
		}
		if (mapped[table] == 0) {
			pool.release(tables[table]);
			tables[table] = 0;
		}
	}

	/** Unmaps everything. */
	void clear() {
		for (int table = 0; table < mapped.length; table++) {
			unmap((long) table << TABLE_SHIFT, TABLE_PAGES);
		}
	}
}
