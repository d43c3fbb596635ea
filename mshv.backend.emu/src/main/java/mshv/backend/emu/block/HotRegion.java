package mshv.backend.emu.block;

import mshv.backend.emu.translate.Region;

/** A translated region with the blocks that it was made of. */
final class HotRegion {
	/** What executes it. */
	final Region region;
	/** Its blocks as the region numbers them; it is entered at the first. */
	final Block[] blocks;
	/** The code words of the first block, which the region has replaced. */
	final long[] code;
	/** Link generation in which the blocks were last seen to be valid. */
	long seenGeneration = -1;
	/** Generation of the mappings in which the blocks were last seen where they are. */
	long mappingGeneration = -1;
	/** Where their bytes are in that generation. */
	private LocatedBytes located;

	HotRegion(Region region, Block[] blocks) {
		this.region = region;
		this.blocks = blocks;
		code = blocks[0].code;
	}

	/** Notes where the bytes of the blocks are. @return false if one may not be executed */
	boolean locate(BlockCache cache) {
		LocatedBytes.Builder found = new LocatedBytes.Builder();
		for (Block block : blocks) {
			long host = cache.host(block.gpa);
			if (host == 0) {
				return false;
			}
			block.bytes.addTo(found, host);
		}
		located = found.build();
		return true;
	}

	/** @return whether all blocks are as they were, where they were located */
	boolean isThere() {
		return located.areThere();
	}
}
