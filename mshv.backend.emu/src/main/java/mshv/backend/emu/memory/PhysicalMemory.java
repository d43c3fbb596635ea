package mshv.backend.emu.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The guest-physical address space of one partition: which host page, if any, stands behind each 4 KiB guest page, and with what rights.
 * <p>
 * An entry is one {@code long}: the host page's address in the upper 52 bits, {@link #READ}, {@link #WRITE}, {@link #EXECUTE} and state
 * bits below; zero where nothing is mapped. Any thread; whoever changes what is mapped sees to it that processors forget what they
 * derived from it.
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
	/** Notes on host pages before they are collected anew for the first time. */
	private static final int FIRST_COLLECTION = 1 << 16;

	private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

	/** Pages of 2 MiB. */
	private static final class Chunk {
		final long[] entries = new long[CHUNK];
		/** Processors that may have a writable translation of the page, a bit each; null until there are several processors. */
		volatile long[] writers;
		/** The pages that hold code; null until there is one. */
		volatile CodePage[] code;

		CodePage code(int index) {
			CodePage[] all = code;
			return all == null ? null : all[index];
		}

		void setCode(int index, CodePage page) {
			CodePage[] all = code;
			if (all != null || page != null) {
				if (all == null) {
					all = new CodePage[CHUNK];
				}
				all[index] = page;
				code = all;
			}
		}
	}

	private final Doorbells doorbells = new Doorbells();
	private final CodePages codePages = new CodePages(this);
	private final HostPages hostPages = new HostPages();
	private final RootWrites rootWrites = new RootWrites();
	private int nextCollection = FIRST_COLLECTION;
	private volatile Chunk[] chunks = new Chunk[64];
	private AccessLog accessLog;

	/** An address space in which nothing is mapped. */
	public PhysicalMemory() {}

	/** @return the writes that ring */
	public Doorbells doorbells() {
		return doorbells;
	}

	/** @return the pages of this memory that hold translated code */
	public CodePages codePages() {
		return codePages;
	}

	/** @return when the root may have written to this memory */
	public RootWrites rootWrites() {
		return rootWrites;
	}

	private Chunk chunk(long page) {
		long chunk = page >>> CHUNK_SHIFT;
		Chunk[] all = chunks;
		return Long.compareUnsigned(chunk, all.length) >= 0 ? null : all[(int) chunk];
	}

	/** @param page guest page number
	 * @return the page's entry, 0 if it is not mapped or does not exist */
	public long entry(long page) {
		Chunk chunk = chunk(page);
		return chunk == null ? 0 : chunk.entries[(int) page & CHUNK - 1];
	}

	/** @param page guest page number
	 * @return what is known of the page's code, null if it holds none */
	public CodePage code(long page) {
		Chunk chunk = chunk(page);
		return chunk == null ? null : chunk.code((int) page & CHUNK - 1);
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
	public synchronized void setEntry(long page, long entry) {
		int number = Math.toIntExact(page >>> CHUNK_SHIFT);
		Chunk chunk = chunk(page);
		if (chunk == null) {
			if (entry == 0) {
				return;
			}
			chunk = new Chunk();
			Chunk[] all = number < chunks.length ? chunks : Arrays.copyOf(chunks, Integer.highestOneBit(number) << 1);
			all[number] = chunk;
			chunks = all;
			if (accessLog != null) {
				accessLog.cover(page);
			}
		}
		int index = (int) page & CHUNK - 1;
		if (entry == 0 && accessLog != null) {
			accessLog.state(page, AccessLog.CLEAR_ACCESSED | AccessLog.CLEAR_DIRTY);
		}
		CodePage code = codePages.remap(page, chunk.code(index), entry);
		chunk.setCode(index, code);
		chunk.entries[index] = code == null ? entry & ~CODE : entry | CODE;
		if (entry != 0) {
			hostPages.note(number, entry);
			if (hostPages.size() >= nextCollection) {
				collectHostPages();
			}
		}
	}

	private void collectHostPages() {
		hostPages.clear();
		Chunk[] all = chunks;
		for (int number = 0; number < all.length; number++) {
			for (int i = 0; all[number] != null && i < CHUNK; i++) {
				if (all[number].entries[i] != 0) {
					hostPages.note(number, all[number].entries[i]);
				}
			}
		}
		nextCollection = Math.max(FIRST_COLLECTION, 2 * hostPages.size());
	}

	/** @return numbers of the guest pages behind which a host page stands; with the lock */
	long[] pagesOf(long host) {
		long[] found = new long[1];
		int count = 0;
		for (int number : hostPages.of(host)) {
			Chunk chunk = chunks[number];
			for (int i = 0; i < CHUNK; i++) {
				if ((chunk.entries[i] & HOST) == host) {
					if (count == found.length) {
						found = Arrays.copyOf(found, 2 * count);
					}
					found[count++] = (long) number << CHUNK_SHIFT | i;
				}
			}
		}
		return Arrays.copyOf(found, count);
	}

	/** Notes what is known of a page's code. @param code null if it holds none; with the lock */
	void setCode(long page, CodePage code) {
		Chunk chunk = chunk(page);
		int index = (int) page & CHUNK - 1;
		chunk.setCode(index, code);
		long entry = chunk.entries[index];
		ELEMENT.setVolatile(chunk.entries, index, code == null ? entry & ~CODE : entry | CODE);
	}

	/** Notes that a processor is about to make a writable translation of a mapped page.
	 * @param processor bit of the processor
	 * @return false if it must not, because the page holds code by now */
	public boolean claimWrite(long page, long processor) {
		Chunk chunk = chunk(page);
		int index = (int) page & CHUNK - 1;
		long[] writers = chunk.writers;
		if (writers == null) {
			writers = makeWriters(chunk);
		}
		if ((writers[index] & processor) != 0) {
			return true;
		}
		ELEMENT.getAndBitwiseOr(writers, index, processor);
		// Whoever marks the page as code does it the other way round: one of the two sees the other
		return ((long) ELEMENT.getVolatile(chunk.entries, index) & CODE) == 0;
	}

	private synchronized long[] makeWriters(Chunk chunk) {
		if (chunk.writers == null) {
			chunk.writers = new long[CHUNK];
		}
		return chunk.writers;
	}

	/** @return processors that may have a writable translation of one of the pages, a bit each */
	public synchronized long writers(long[] pages) {
		long all = 0;
		for (long page : pages) {
			long[] writers = chunk(page).writers;
			all |= writers == null ? 0 : (long) ELEMENT.getVolatile(writers, (int) page & CHUNK - 1);
		}
		return all;
	}
}
