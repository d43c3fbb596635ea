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
	long seenGeneration;
	/** Generation of the mappings in which the blocks were last seen where they are. */
	long mappingGeneration;

	HotRegion(Region region, Block[] blocks, long seenGeneration, long mappingGeneration) {
		this.region = region;
		this.blocks = blocks;
		this.seenGeneration = seenGeneration;
		this.mappingGeneration = mappingGeneration;
		code = blocks[0].code;
	}
}
