package mshv.backend.emu.memory;

import java.util.Arrays;

/**
 * The guest-physical address space of one partition: which host page, if any, stands behind each 4 KiB guest page, and with what rights.
 * <p>
 * An entry is one {@code long}: the host page's address in the upper 52 bits, {@link #READ}, {@link #WRITE}, {@link #EXECUTE} and state
 * bits below; zero where nothing is mapped. Lookups may run on any thread; changes are made by one thread at a time while no processor
 * of the partition runs, or by a processor on its own thread.
 */
public final class PhysicalMemory {
	/** log2 of the page size. */
	public static final int PAGE_SHIFT = 12;
	/** Page size in bytes. */
	public static final int PAGE_SIZE = 1 << PAGE_SHIFT;
	/** Width of guest-physical addresses in bits, as CPUID leaf 0x80000008 reports it. */
	public static final int ADDRESS_BITS = 40;
	/** Mask of the guest-physical addresses that exist. */
	public static final long ADDRESS_MASK = (1L << ADDRESS_BITS) - 1;

	/** The guest may read the page. */
	public static final long READ = 1;
	/** The guest may write the page. */
	public static final long WRITE = 2;
	/** The guest may fetch instructions from the page. */
	public static final long EXECUTE = 4;
	/** Instructions of the page have been translated: every write to it must be announced. */
	public static final long CODE = 0x10;
	/** Mask of the host page's address in an entry. */
	public static final long HOST = -PAGE_SIZE;

	private static final int CHUNK_SHIFT = 9;
	private static final int CHUNK = 1 << CHUNK_SHIFT;

	private final Doorbells doorbells = new Doorbells();
	private long[][] chunks = new long[64][];
	private AccessLog accessLog;

	/** An address space in which nothing is mapped. */
	public PhysicalMemory() {}

	/** @return the writes that ring */
	public Doorbells doorbells() {
		return doorbells;
	}

	/** @param page guest page number
	 * @return the page's entry, 0 if it is not mapped or does not exist */
	public long entry(long page) {
		long chunk = page >>> CHUNK_SHIFT;
		long[][] all = chunks;
		if (Long.compareUnsigned(chunk, all.length) >= 0) {
			return 0;
		}
		long[] entries = all[(int) chunk];
		return entries == null ? 0 : entries[(int) page & CHUNK - 1];
	}

	/** @return where processors note the pages that they access, null while nobody wants to know */
	public AccessLog accessLog() {
		return accessLog;
	}

	/** Begins, with an empty log, or ends the notes on accesses. Nothing that the processors remember of pages may outlast the call.
	 * @param log null to end them */
	public void setAccessLog(AccessLog log) {
		if (log != null) {
			for (int chunk = 0; chunk < chunks.length; chunk++) {
				if (chunks[chunk] != null) {
					log.cover((long) chunk << CHUNK_SHIFT);
				}
			}
		}
		accessLog = log;
	}

	/** Replaces the entry of a page.
	 * @param page guest page number, below 2<sup>28</sup>
	 * @param entry host address and rights, or 0 to unmap */
	public void setEntry(long page, long entry) {
		int chunk = Math.toIntExact(page >>> CHUNK_SHIFT);
		if (chunk >= chunks.length) {
			chunks = Arrays.copyOf(chunks, Integer.highestOneBit(chunk) << 1);
		}
		long[] entries = chunks[chunk];
		if (entries == null) {
			if (entry == 0) {
				return;
			}
			chunks[chunk] = entries = new long[CHUNK];
			if (accessLog != null) {
				accessLog.cover(page);
			}
		}
		entries[(int) page & CHUNK - 1] = entry;
		if (entry == 0 && accessLog != null) {
			accessLog.state(page, AccessLog.CLEAR_ACCESSED | AccessLog.CLEAR_DIRTY);
		}
	}

	/** Sets and clears state bits of a mapped page; nothing happens to an unmapped one. */
	public void changeBits(long page, long set, long clear) {
		long entry = entry(page);
		if (entry != 0) {
			setEntry(page, entry & ~clear | set);
		}
	}
}
