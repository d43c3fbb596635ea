package mshv.backend.emu.block;

import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** A straight run of instructions within one page, with one entry and its possible successors. */
final class Block {
	/** Most instructions of a block: their number has six bits in a code word. */
	static final int MAX_INSTRUCTIONS = 64;

	/** Offset in CS of the first instruction. */
	final long rip;
	/** Base of CS; 0 in 64-bit mode. */
	final long base;
	/** Decode mode: 16, 32 or 64. */
	final int mode;
	/** Whether it is for privilege level 3, which may not fetch all that the others may, nor they all that it may. */
	final boolean user;
	/** Guest-physical address of the first byte. */
	final long gpa;
	/** Length in bytes within the page of {@link #gpa}. */
	final int length;
	/** Guest-physical address of the page that the last instruction reaches into, or -1. */
	final long secondPage;
	/** Code words, see {@link Operation}; while a translated region begins here, the one that enters it. */
	long[] code;
	/** The instructions, by number. */
	final Instruction[] instructions;
	/** Their handlers. */
	final Handler[] handlers;
	/** How many there are. */
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
	/** What the instructions were decoded from; and its part in the second page, or null. */
	CodeBytes bytes, secondBytes;
	/** Next block of the same page. */
	Block nextInPage;
	/** False once the code has been overwritten. */
	boolean valid = true;
	/** True if the direct branch at the end may close a loop or begins a function. */
	final boolean counts;
	/** How often the block was come to in a way that may be a loop's. */
	int heat;
	/** True from when it was found hot until it is translated, or found not to be hot. */
	boolean sampled;
	/** Time-stamp counter when it was found hot. */
	long sampledSince;
	/** The translated region that begins here, or null. */
	HotRegion region;

	Block(long rip, long base, int mode, boolean user, long gpa, int length, long secondPage, long[] code, Instruction[] instructions,
			Handler[] handlers, long taken) {
		this.rip = rip;
		this.base = base;
		this.mode = mode;
		this.user = user;
		this.gpa = gpa;
		this.length = length;
		this.secondPage = secondPage;
		this.code = code;
		this.instructions = instructions;
		this.handlers = handlers;
		count = instructions.length;
		this.taken = taken;
		Instruction last = instructions[count - 1];
		following = last.address + last.length;
		counts = Long.compareUnsigned(taken, last.address) <= 0 || last.opcode == Opcode.CALL;
	}
}
