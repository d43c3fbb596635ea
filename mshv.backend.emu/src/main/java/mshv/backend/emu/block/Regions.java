package mshv.backend.emu.block;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.translate.Node;
import mshv.backend.emu.translate.Region;
import mshv.backend.emu.translate.Translator;

/**
 * The translated regions of one processor: made of blocks that have become hot, entered through the first one's code words.
 * <p>
 * A region holds while its blocks are valid and its pages are mapped where they were; both are looked at when it is entered for the first
 * time in a link generation. While it runs, only the processor itself could change them, and that leaves the region.
 */
final class Regions {
	/** Once a block is hot, what is executed in so many further rounds is taken into its region. */
	private static final int SAMPLED_ROUNDS = 200;
	/** Cycles of the time-stamp counter that these rounds take at most, about a second. What an idle guest's ticks execute never pays for
	 * its translation. */
	private static final long LONGEST_SAMPLE = 1L << 31;
	private static final int MAX_INSTRUCTIONS = 240;
	private static final int MAX_BLOCKS = 64;
	private static final int MAX_TARGETS = 12;
	private static final int MAX_REGIONS = 4000;
	private static final long[] ENTER = {Operation.TRANSLATED};
	/** Heat of a block that is not to be translated. */
	private static final int NEVER = Integer.MIN_VALUE;

	private final Cpu cpu;
	private final BlockCache cache;
	private final int hot;
	private final Translator translator = new Translator();
	private final List<WeakReference<HotRegion>> made = new ArrayList<>();

	Regions(Cpu cpu, BlockCache cache, int hot) {
		this.cpu = cpu;
		this.cache = cache;
		this.hot = hot;
	}

	/** Notes where an indirect branch went, other than the last time. */
	static void note(Block block, Block target) {
		if (block.targets == null) {
			block.targets = new Block[MAX_TARGETS];
		}
		for (int n = 0; n < MAX_TARGETS && block.targets[n] != target; n++) {
			if (block.targets[n] == null) {
				block.targets[n] = target;
			}
		}
	}

	/** Translates what a block leads to, now that it has been come to often enough. */
	void heated(Block block) {
		if (block.region != null || !eligible(block)) {
			block.heat = NEVER;
		} else if (hot <= SAMPLED_ROUNDS) {
			make(block);
		} else if (!block.sampled) {
			block.sampled = true;
			block.sampledSince = cpu.platform.timeStampCounter();
			block.heat = hot - SAMPLED_ROUNDS;
			forgetLinks(block);
		} else if (cpu.platform.timeStampCounter() - block.sampledSince > LONGEST_SAMPLE) {
			block.sampled = false;
			block.heat = 0;
		} else {
			make(block);
		}
	}

	private static boolean eligible(Block block) {
		return block.mode == 64 && block.secondPage < 0 && block.valid;
	}

	/** From now on a link says that it was used in the sampled rounds. */
	private void forgetLinks(Block first) {
		for (Block block : reachable(first, MAX_INSTRUCTIONS)) {
			block.takenBlock = null;
			block.followingBlock = null;
			block.indirectBlock = null;
			block.targets = null;
		}
	}

	private void make(Block first) {
		if (made.size() >= MAX_REGIONS) {
			made.removeIf(region -> !inUse(region.get()));
			if (made.size() >= MAX_REGIONS) {
				first.heat = NEVER;
				return;
			}
		}
		Region region = null;
		List<Block> blocks = List.of();
		for (int limit = MAX_INSTRUCTIONS; region == null && limit >= Block.MAX_INSTRUCTIONS / 2; limit /= 2) {
			blocks = reachable(first, limit);
			region = translator.translate(nodes(blocks));
		}
		// They are hot no more if they are come to through the region
		for (Block block : blocks) {
			block.heat = Math.min(block.heat, 0);
			block.sampled = false;
		}
		first.heat = NEVER;
		if (region != null) {
			HotRegion hotRegion = new HotRegion(region, blocks.toArray(Block[]::new));
			first.region = hotRegion;
			first.code = ENTER;
			made.add(new WeakReference<>(hotRegion));
		}
	}

	private static boolean inUse(HotRegion region) {
		return region != null && region.blocks[0].valid && region.blocks[0].region == region;
	}

	/** @return blocks that links lead to from a first one on, nearest first */
	private List<Block> reachable(Block first, int limit) {
		List<Block> found = new ArrayList<>();
		found.add(first);
		int instructions = first.count;
		for (int n = 0; n < found.size(); n++) {
			Block block = found.get(n);
			for (Block next : successors(block)) {
				if (next != null && eligible(next) && !found.contains(next) && found.size() < MAX_BLOCKS
					&& instructions + next.count <= limit) {
					instructions += next.count;
					found.add(next);
				}
			}
		}
		return found;
	}

	/** @return where a block leads to, in part null; what was seen before mappings changed does not count */
	private List<Block> successors(Block block) {
		if (block.mappingGeneration != cpu.mmu.mappingGeneration()) {
			return List.of();
		}
		List<Block> next = new ArrayList<>(Arrays.asList(block.takenBlock, block.followingBlock, block.indirectBlock));
		if (block.targets != null) {
			next.addAll(Arrays.asList(block.targets));
		}
		return next;
	}

	private List<Node> nodes(List<Block> blocks) {
		Map<Block, Integer> numbers = new HashMap<>();
		for (int n = 0; n < blocks.size(); n++) {
			numbers.put(blocks.get(n), n);
		}
		List<Node> nodes = new ArrayList<>();
		for (Block block : blocks) {
			List<Block> next = successors(block);
			Block taken = next.isEmpty() ? null : next.get(0);
			Block following = next.isEmpty() || next.get(1) == null ? cache.atHand(block.following, block) : next.get(1);
			int[] targets = next.stream().skip(2).mapToInt(target -> number(numbers, target)).filter(n -> n != Node.OUTSIDE).distinct()
				.toArray();
			nodes.add(new Node(block.instructions, block.handlers, number(numbers, taken), number(numbers, following), targets));
		}
		return nodes;
	}

	private static int number(Map<Block, Integer> numbers, Block block) {
		return block == null ? Node.OUTSIDE : numbers.getOrDefault(block, Node.OUTSIDE);
	}

	/** @return true if a region may be entered: its blocks are as they were, and where they were */
	boolean holds(HotRegion region) {
		long generation = cpu.mmu.linkGeneration();
		if (region.seenGeneration == generation) {
			return true;
		}
		long mapping = cpu.mmu.mappingGeneration();
		boolean sameMapping = region.mappingGeneration == mapping;
		if (sameMapping && region.isThere()) {
			region.seenGeneration = generation;
			return true;
		}
		Block before = region.blocks[0];
		for (Block block : region.blocks) {
			if (!cache.unchanged(block) || !sameMapping && !besides(block, before) && !cpu.mmu.leadsTo(block.rip, block.gpa)) {
				return false;
			}
			before = block;
		}
		if (!region.locate(cache)) {
			return false;
		}
		region.seenGeneration = generation;
		region.mappingGeneration = mapping;
		return true;
	}

	/** @return true if a block is where it was because another one is */
	private static boolean besides(Block block, Block other) {
		return ((block.rip ^ other.rip | block.gpa ^ other.gpa) & -PhysicalMemory.PAGE_SIZE) == 0;
	}

	/** Has the first block of a region executed as before. */
	void discard(HotRegion region) {
		Block first = region.blocks[0];
		first.code = region.code;
		first.region = null;
		first.heat = 0;
	}
}
