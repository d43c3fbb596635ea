package mshv.backend.emu.block;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import mshv.backend.emu.cpu.CodeCache;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * The blocks of one processor: found by instruction pointer, dropped when their code is written.
 * <p>
 * The processor's own writes are announced. Those of the host and of other processors are found by a hash of the code, taken again
 * when a block is entered for the first time after they may have happened.
 * <p>
 * A page that holds code is divided into 64 granules of 64 bytes; a write is of interest only if it touches a granule with code, so data
 * beside code costs little.
 */
public final class BlockCache implements CodeCache {
	private static final int SLOTS = 1 << 15;
	private static final int GRANULE_SHIFT = 6;
	private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

	private static final class CodePage {
		/** Granules with code. */
		long granules;
		/** Blocks that begin in the page, linked. */
		Block blocks;
		/** Blocks of the page before whose last instruction reaches into this one. */
		final List<Block> reachingIn = new ArrayList<>(0);
	}

	private final PhysicalMemory memory;
	private final Block[] slots = new Block[SLOTS];
	private CodePage[][] pages = new CodePage[64][];
	private BlockBuilder builder;
	private Cpu cpu;

	/** An empty cache. @param memory the partition's memory, whose pages are marked as holding code */
	public BlockCache(PhysicalMemory memory) {
		this.memory = memory;
	}

	/** Completes construction: the processor and its cache refer to each other. */
	public void connect(Cpu cpu, BlockBuilder builder) {
		this.cpu = cpu;
		this.builder = builder;
	}

	/** Finds or makes the block that begins at an offset in CS.
	 * @return a valid block for the processor's present mode; raises what the fetch raises */
	Block find(long rip) {
		long base = cpu.mode == 64 ? 0 : cpu.segments[Segment.CS].base;
		long gpa = cpu.mmu.fetch(cpu.mode == 64 ? rip : base + rip & 0xFFFFFFFFL);
		int slot = (int) (rip ^ rip >>> 15) & SLOTS - 1;
		Block block = slots[slot];
		if (block == null || block.gpa != gpa || block.rip != rip || block.mode != cpu.mode || block.base != base || !block.valid
			|| block.secondPage >= 0 && !secondPageIsThere(block) || !unchanged(block)) {
			block = search(rip, base, gpa);
			slots[slot] = block;
		}
		return block;
	}

	/** Looks whether the guest's memory still holds the code that a block was made of: the host and other processors write unannounced.
	 * @return false if it does not: the block is dropped */
	boolean unchanged(Block block) {
		long generation = cpu.mmu.linkGeneration();
		if (block.seenGeneration == generation) {
			return block.valid;
		}
		if (!block.valid) {
			return false;
		}
		if (hash(block) != block.hash) {
			invalidate(block.gpa, block.length);
			return false;
		}
		block.seenGeneration = generation;
		return true;
	}

	private long hash(Block block) {
		long hash = hash(block.gpa, block.length, block.length);
		if (block.secondPage >= 0) {
			int rest = (int) (block.following - block.rip) - block.length;
			hash = hash(block.secondPage, rest, hash);
		}
		return hash;
	}

	/** Mixes in the bytes from an address on; they lie in one page. */
	private long hash(long gpa, int length, long seed) {
		long host = (memory.entry(gpa >>> PhysicalMemory.PAGE_SHIFT) & PhysicalMemory.HOST) + (gpa & PhysicalMemory.PAGE_SIZE - 1);
		long hash = seed;
		int at = 0;
		for (; at + 8 <= length; at += 8) {
			hash = (hash ^ RAW.getLong(host + at)) * MULTIPLIER;
			hash ^= hash >>> 29;
		}
		for (; at < length; at++) {
			hash = (hash ^ RAW.getByte(host + at)) * MULTIPLIER;
		}
		return hash;
	}

	private boolean secondPageIsThere(Block block) {
		long next = block.base + block.rip + block.length;
		return cpu.mmu.fetch(cpu.mode == 64 ? next : next & 0xFFFFFFFFL) == block.secondPage;
	}

	private Block search(long rip, long base, long gpa) {
		CodePage page = page(gpa >>> PhysicalMemory.PAGE_SHIFT);
		for (Block block = page == null ? null : page.blocks; block != null; block = block.nextInPage) {
			if (block.valid && block.gpa == gpa && block.rip == rip && block.mode == cpu.mode && block.base == base
				&& (block.secondPage < 0 || secondPageIsThere(block)) && unchanged(block)) {
				return block;
			}
		}
		Block block = builder.build(rip, base, gpa);
		block.hash = hash(block);
		block.seenGeneration = cpu.mmu.linkGeneration();
		CodePage own = mark(block.gpa, block.length);
		block.nextInPage = own.blocks;
		own.blocks = block;
		if (block.secondPage >= 0) {
			mark(block.secondPage, 1).reachingIn.add(block);
		}
		return block;
	}

	/** Drops every block: what stands behind guest-physical pages has changed. */
	public void clear() {
		for (int chunk = 0; chunk < pages.length; chunk++) {
			for (int n = 0; pages[chunk] != null && n < pages[chunk].length; n++) {
				if (pages[chunk][n] != null) {
					memory.changeBits((long) chunk << 9 | n, 0, PhysicalMemory.CODE);
				}
			}
		}
		pages = new CodePage[pages.length][];
		Arrays.fill(slots, null);
		cpu.mmu.breakLinks();
	}

	private CodePage page(long number) {
		int chunk = (int) (number >>> 9);
		CodePage[] some = chunk < pages.length ? pages[chunk] : null;
		return some == null ? null : some[(int) number & 511];
	}

	/** Notes that a range of a page holds code. */
	private CodePage mark(long gpa, int length) {
		long number = gpa >>> PhysicalMemory.PAGE_SHIFT;
		int chunk = (int) (number >>> 9);
		if (chunk >= pages.length) {
			pages = Arrays.copyOf(pages, Integer.highestOneBit(chunk) << 1);
		}
		if (pages[chunk] == null) {
			pages[chunk] = new CodePage[512];
		}
		CodePage page = pages[chunk][(int) number & 511];
		if (page == null) {
			page = new CodePage();
			pages[chunk][(int) number & 511] = page;
		}
		if (page.granules == 0) {
			long entry = memory.entry(number);
			memory.setEntry(number, entry | PhysicalMemory.CODE);
			cpu.mmu.protect(entry & PhysicalMemory.HOST);
		}
		page.granules |= granules(gpa, length);
		return page;
	}

	private static long granules(long gpa, int size) {
		int first = (int) gpa >> GRANULE_SHIFT & 63;
		int last = (int) (gpa + size - 1) >> GRANULE_SHIFT & 63;
		return -1L << first & -1L >>> 63 - last;
	}

	@Override
	public boolean holds(long gpa, int size) {
		CodePage page = page(gpa >>> PhysicalMemory.PAGE_SHIFT);
		return page != null && (page.granules & granules(gpa, size)) != 0;
	}

	@Override
	public void invalidate(long gpa, int size) {
		long number = gpa >>> PhysicalMemory.PAGE_SHIFT;
		CodePage page = page(number);
		if (page == null) {
			return;
		}
		Block kept = null;
		long granules = 0;
		for (Block block = page.blocks; block != null;) {
			Block next = block.nextInPage;
			if (!block.valid || block.gpa < gpa + size && gpa < block.gpa + block.length) {
				block.valid = false;
				block.nextInPage = null;
			} else {
				block.nextInPage = kept;
				kept = block;
				granules |= granules(block.gpa, block.length);
			}
			block = next;
		}
		page.blocks = kept;
		if ((gpa & PhysicalMemory.PAGE_SIZE - 1) < Instruction.MAX_LENGTH) {
			page.reachingIn.forEach(block -> block.valid = false);
			page.reachingIn.clear();
		} else if (!page.reachingIn.isEmpty()) {
			granules |= 1;
		}
		page.granules = granules;
		if (granules == 0) {
			memory.changeBits(number, 0, PhysicalMemory.CODE);
		}
		cpu.mmu.breakLinks();
	}
}
