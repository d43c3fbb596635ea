package mshv.backend.emu.block;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import mshv.backend.emu.cpu.CodeCache;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.memory.CodePage;
import mshv.backend.emu.memory.CodeUser;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * The blocks of one processor: found by instruction pointer, dropped when their code is written.
 * <p>
 * Writes of the processors of a memory are announced: the page is marked in {@link mshv.backend.emu.memory.CodePages} before its code is
 * read. Those of the host are found by comparing the code when a block is entered for the first time after a run began.
 */
public final class BlockCache implements CodeCache, CodeUser {
	private static final int SLOTS = 1 << 15;

	private static final class OwnPage {
		/** Granules with own code, as {@link CodePage} divides the page. */
		long granules;
		/** Blocks that begin in the page, linked. */
		Block blocks;
		/** Blocks of the page before whose last instruction reaches into this one. */
		final List<Block> reachingIn = new ArrayList<>(0);
	}

	private final PhysicalMemory memory;
	private final Block[] slots = new Block[SLOTS];
	private final int user;
	private OwnPage[][] pages = new OwnPage[64][];
	/** Address and size of what the present instruction writes to pages with code. */
	private long[] written = new long[16];
	private int writes;
	private BlockBuilder builder;
	private Cpu cpu;

	/** An empty cache. @param memory the partition's memory, whose pages are marked as holding code */
	public BlockCache(PhysicalMemory memory) {
		this.memory = memory;
		user = memory.codePages().add(this);
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
		if (block == null || !isAt(block, rip, base, gpa) || !block.valid || block.secondPage >= 0 && !secondPageIsThere(block)
			|| !unchanged(block)) {
			block = search(rip, base, gpa);
			slots[slot] = block;
		}
		return block;
	}

	private boolean isAt(Block block, long rip, long base, long gpa) {
		return block.gpa == gpa && block.rip == rip && block.mode == cpu.mode && block.user == (cpu.cpl == 3) && block.base == base;
	}

	/** @return the block at an offset in CS of the page of a 64-bit block, if it is at hand, else null */
	Block atHand(long rip, Block near) {
		Block block = slots[(int) (rip ^ rip >>> 15) & SLOTS - 1];
		boolean samePage = ((rip ^ near.rip) & -PhysicalMemory.PAGE_SIZE) == 0;
		return samePage && block != null && block.rip == rip && block.valid && block.mode == 64 && block.user == near.user
			&& ((block.gpa ^ near.gpa) & -PhysicalMemory.PAGE_SIZE) == 0 ? block : null;
	}

	/** Looks whether the guest's memory still holds the code that a block was made of: the host writes unannounced.
	 * @return false if it does not: the block is dropped */
	boolean unchanged(Block block) {
		long generation = cpu.mmu.linkGeneration();
		if (block.seenGeneration == generation) {
			return block.valid;
		}
		if (!block.valid) {
			return false;
		}
		if (!isThere(block)) {
			invalidate(block.gpa, block.length);
			return false;
		}
		block.seenGeneration = generation;
		return true;
	}

	private boolean isThere(Block block) {
		return areAt(block.gpa, block.bytes) && (block.secondPage < 0 || areAt(block.secondPage, block.secondBytes));
	}

	private boolean areAt(long gpa, CodeBytes bytes) {
		long host = host(gpa);
		return host != 0 && bytes.areAt(host);
	}

	/** @return host address of code, 0 if it may not be executed: whoever has taken it makes the processor forget it before the next block */
	long host(long gpa) {
		long entry = memory.entry(gpa >>> PhysicalMemory.PAGE_SHIFT);
		return (entry & PhysicalMemory.EXECUTE) == 0 ? 0 : (entry & PhysicalMemory.HOST) + (gpa & PhysicalMemory.PAGE_SIZE - 1);
	}

	/** Keeps what a block has just been decoded from. */
	private void keepBytes(Block block) {
		byte[] bytes = builder.bytes();
		block.bytes = new CodeBytes(bytes, 0, block.length, (int) block.gpa & PhysicalMemory.PAGE_SIZE - 1);
		if (block.secondPage >= 0) {
			block.secondBytes = new CodeBytes(bytes, block.length, (int) (block.following - block.rip) - block.length, 0);
		}
	}

	private boolean secondPageIsThere(Block block) {
		long next = block.base + block.rip + block.length;
		return cpu.mmu.fetch(cpu.mode == 64 ? next : next & 0xFFFFFFFFL) == block.secondPage;
	}

	private Block search(long rip, long base, long gpa) {
		OwnPage page = page(gpa >>> PhysicalMemory.PAGE_SHIFT);
		for (Block block = page == null ? null : page.blocks; block != null; block = block.nextInPage) {
			if (block.valid && isAt(block, rip, base, gpa) && (block.secondPage < 0 || secondPageIsThere(block)) && unchanged(block)) {
				return block;
			}
		}
		return make(rip, base, gpa);
	}

	private Block make(long rip, long base, long gpa) {
		for (;;) {
			Block block = builder.build(rip, base, gpa);
			keepBytes(block);
			OwnPage own = mark(block.gpa, block.length);
			OwnPage second = block.secondPage < 0 ? null : mark(block.secondPage, 1);
			// What was written before the page was marked has not been announced
			if (!cpu.shared || isThere(block)) {
				block.seenGeneration = cpu.mmu.linkGeneration();
				block.nextInPage = own.blocks;
				own.blocks = block;
				if (second != null) {
					second.reachingIn.add(block);
				}
				return block;
			}
		}
	}

	private OwnPage page(long number) {
		int chunk = (int) (number >>> 9);
		OwnPage[] some = chunk < pages.length ? pages[chunk] : null;
		return some == null ? null : some[(int) number & 511];
	}

	/** Notes that a range of a page holds code, so that all writes to it are announced. */
	private OwnPage mark(long gpa, int length) {
		long number = gpa >>> PhysicalMemory.PAGE_SHIFT;
		int chunk = (int) (number >>> 9);
		if (chunk >= pages.length) {
			pages = Arrays.copyOf(pages, Integer.highestOneBit(chunk) << 1);
		}
		if (pages[chunk] == null) {
			pages[chunk] = new OwnPage[512];
		}
		OwnPage page = pages[chunk][(int) number & 511];
		if (page == null) {
			page = new OwnPage();
			pages[chunk][(int) number & 511] = page;
		}
		long granules = CodePage.granules(gpa, length);
		CodePage code = memory.code(number);
		if ((page.granules & granules) != granules || code == null || !code.guarded()) {
			code = memory.codePages().mark(user, number, granules);
			if (code == null) {
				throw cpu.leaveFor(GuestFault.RETRY);
			}
			page.granules |= granules;
			if (!code.guarded()) {
				cpu.protect(code.host(), memory.writers(code.pages()));
				code.setGuarded();
			}
		}
		return page;
	}

	@Override
	public boolean holds(long gpa, int size) {
		CodePage code = memory.code(gpa >>> PhysicalMemory.PAGE_SHIFT);
		return code != null && code.holds(CodePage.granules(gpa, size));
	}

	@Override
	public void invalidate(long gpa, int size) {
		CodePage code = memory.code(gpa >>> PhysicalMemory.PAGE_SHIFT);
		if (code == null) {
			return;
		}
		for (long page : code.pages()) {
			invalidateIn(page, (int) gpa & PhysicalMemory.PAGE_SIZE - 1, size);
		}
		keep(code);
		cpu.mmu.breakLinks();
	}

	/** Drops the blocks of one page that have a byte in the range. */
	private void invalidateIn(long number, int offset, int size) {
		OwnPage page = page(number);
		if (page == null) {
			return;
		}
		long gpa = number << PhysicalMemory.PAGE_SHIFT | offset;
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
				granules |= CodePage.granules(block.gpa, block.length);
			}
			block = next;
		}
		page.blocks = kept;
		if (offset < Instruction.MAX_LENGTH) {
			page.reachingIn.forEach(block -> block.valid = false);
			page.reachingIn.clear();
		} else if (!page.reachingIn.isEmpty()) {
			granules |= 1;
		}
		page.granules = granules;
	}

	/** Tells the others what code there still is of a page. */
	private void keep(CodePage code) {
		long granules = 0;
		for (long number : code.pages()) {
			OwnPage page = page(number);
			granules |= page == null ? 0 : page.granules;
		}
		memory.codePages().keep(user, code, granules);
	}

	@Override
	public void written(long gpa, int size) {
		if (cpu.shared) {
			// The write is seen by whoever translates from now on, or we see its mark
			VarHandle.fullFence();
			memory.codePages().written(user, gpa >>> PhysicalMemory.PAGE_SHIFT, CodePage.granules(gpa, size));
		}
	}

	@Override
	public void willBeWritten(long gpa, int size) {
		if (cpu.shared) {
			if (writes + 2 > written.length) {
				written = Arrays.copyOf(written, 2 * written.length);
			}
			written[writes++] = gpa;
			written[writes++] = size;
		}
	}

	/** Announces what the instruction has written that ends now. */
	public void announceWrites() {
		for (int i = 0; i < writes; i += 2) {
			written(written[i], (int) written[i + 1]);
		}
		writes = 0;
	}

	@Override
	public void drop(long number) {
		invalidateIn(number, 0, PhysicalMemory.PAGE_SIZE);
		CodePage code = memory.code(number);
		if (code != null) {
			keep(code);
		}
		cpu.mmu.breakLinks();
	}

	@Override
	public void dropAll() {
		for (int chunk = 0; chunk < pages.length; chunk++) {
			for (int n = 0; pages[chunk] != null && n < pages[chunk].length; n++) {
				if (pages[chunk][n] != null) {
					drop((long) chunk << 9 | n);
				}
			}
		}
		Arrays.fill(slots, null);
	}

	@Override
	public boolean codeChanged(long[] changed) {
		return cpu.requests.done(cpu.requests.drop(changed));
	}

	/** Drops everything for good. */
	public void close() {
		memory.codePages().remove(user);
	}
}
