package mshv.core.common;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An input page and an output page, for one call at a time. */
final class PagePair implements AutoCloseable {
	/** Size of a hypervisor page in bytes. */
	static final int PAGE_SIZE = 4096;

	private final Arena arena = Arena.ofShared();
	private final MemorySegment input;
	private final MemorySegment output;

	PagePair() {
		MemorySegment pages = arena.allocate(2 * PAGE_SIZE, PAGE_SIZE);
		input = pages.asSlice(0, PAGE_SIZE);
		output = pages.asSlice(PAGE_SIZE, PAGE_SIZE);
	}

	MemorySegment input() {
		return input;
	}

	MemorySegment output() {
		return output;
	}

	@Override
	public void close() {
		arena.close();
	}
}
