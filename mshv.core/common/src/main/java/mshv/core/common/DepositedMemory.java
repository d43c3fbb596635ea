package mshv.core.common;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The pages that are with the hypervisor now. A block is freed when all of its pages have come back. */
final class DepositedMemory {
	private static final int PAGE_SHIFT = 12;

	/** Contiguous pages that were allocated at once. */
	private static final class Block {
		private final Arena arena = Arena.ofShared();
		private final long partition;
		private final long firstPage;
		private final BitSet out;

		Block(long partition, int pages) {
			this.partition = partition;
			MemorySegment memory = arena.allocate((long) pages << PAGE_SHIFT, 1 << PAGE_SHIFT);
			firstPage = memory.address() >>> PAGE_SHIFT;
			out = new BitSet(pages);
			out.set(0, pages);
		}
	}

	private final TreeMap<Long, Block> blocks = new TreeMap<>();

	/** @param partition partition that the pages are for
	 * @param pages at least 1
	 * @return number of the first of that many contiguous pages, which count as deposited from now on */
	synchronized long allocate(long partition, int pages) {
		Block block = new Block(partition, pages);
		blocks.put(block.firstPage, block);
		return block.firstPage;
	}

	/** Takes a page back.
	 * @param page number of the page
	 * @throws IllegalStateException if it is not deposited: whoever returned it is wrong, and freeing it would free another's memory */
	synchronized void release(long page) {
		var entry = blocks.floorEntry(page);
		if (entry == null || !entry.getValue().out.get(clamp(page - entry.getKey()))) {
			throw new IllegalStateException("page 0x" + Long.toHexString(page) + " was returned but is not deposited");
		}
		Block block = entry.getValue();
		block.out.clear(clamp(page - block.firstPage));
		if (block.out.isEmpty()) {
			blocks.remove(block.firstPage);
			block.arena.close();
		}
	}

	/** @return how many pages of a partition are with the hypervisor */
	synchronized long pages(long partition) {
		return blocks.values().stream().filter(block -> block.partition == partition).mapToLong(block -> block.out.cardinality()).sum();
	}

	/** @return how many pages are with the hypervisor */
	synchronized int pages() {
		return blocks.values().stream().mapToInt(block -> block.out.cardinality()).sum();
	}

	/** @return partitions that have pages */
	synchronized Set<Long> partitions() {
		return blocks.values().stream().map(block -> block.partition).collect(Collectors.toUnmodifiableSet());
	}

	private static int clamp(long index) {
		return (int) Math.min(index, Integer.MAX_VALUE);
	}
}
