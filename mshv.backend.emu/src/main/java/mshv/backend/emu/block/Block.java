package mshv.backend.emu.block;

import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** A straight run of instructions within one page, with one entry and its possible successors: what its execution needs. */
final class Block {
	/** Most instructions of a block: their number has six bits in a code word. */
	static final int MAX_INSTRUCTIONS = 64;

	/** Offset in CS of the first instruction. */
	final long rip;
	/** Guest-physical address of the first byte. */
	final long gpa;
	/** Decode mode: 16, 32 or 64. */
	final int mode;
	/** Code words, see {@link Operation}; while a translated region begins here, the one that enters it. */
	long[] code;
	/** How many instructions there are. */
	final int count;
	/** Offset of the target of the branch at the end, if it is a direct one. */
	final long taken;
	/** Offset of the instruction behind the last one. */
	final long following;

	/** Successors, valid while {@link #linkGeneration} is the processor's. */
	Block takenBlock, followingBlock, indirectBlock;
	/** Where the indirect branch at the end led lately, once it was to more than one; filled to a null. */
	Block[] targets;
	/** Generation of the links above. */
	long linkGeneration = -1;
	/** Generation of the mappings that the links above went through. */
	long mappingGeneration = -1;
	/** Link generation in which the code was last seen to be what it was when this block was made. */
	long seenGeneration = -1;
	/** Hash of the code, see {@link BlockCache}. */
	long hash;
	/** Next block of the same page. */
	Block nextInPage;
	/** False once the code has been overwritten. */
	boolean valid = true;
	/** True if the direct branch at the end may close a loop or begins a function. */
	final boolean counts;
	/** True if the last instruction reaches into another page. */
	final boolean crosses;
	/** How often the block was come to in a way that may be a loop's. */
	int heat;
	/** Since when it has been seen where it leads to, from when it was found hot until it is translated; else null. */
	Sample sample;
	/** The translated region that begins here, or null. */
	HotRegion region;
	/** What it was made of. */
	final BlockSource source;

	/** @param since time-stamp counter when it began */
	record Sample(long since) {}

	Block(long rip, int mode, long gpa, BlockSource source, long[] code, long taken) {
		this.rip = rip;
		this.mode = mode;
		this.gpa = gpa;
		this.source = source;
		this.code = code;
		this.taken = taken;
		count = source.instructions().length;
		crosses = source.secondPage() >= 0;
		Instruction last = source.instructions()[count - 1];
		following = last.address + last.length;
		counts = Long.compareUnsigned(taken, last.address) <= 0 || last.opcode == Opcode.CALL;
	}
}
