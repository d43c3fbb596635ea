package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_GET_GPA_PAGES_ACCESS_STATES; the output has a byte for each repetition: bit 0 accessed, bit 1 dirty.
 *
 * @param partitionId partition
 * @param flags bit 0 clear accessed, 1 set accessed, 2 clear dirty, 3 set dirty
 * @param firstPage first guest page number
 */
public record PageAccessStatesInput(long partitionId, long flags, long firstPage) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_LONG_UNALIGNED, 8, flags);
		at.set(JAVA_LONG_UNALIGNED, 16, firstPage);
	}

	/** @return the structure at {@code at} */
	public static PageAccessStatesInput decode(MemorySegment at) {
		return new PageAccessStatesInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_LONG_UNALIGNED, 16));
	}
}
