package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed input of HVCALL_MAP_GPA_PAGES; source page numbers follow, 8 bytes each.
 *
 * @param partitionId partition
 * @param targetPage first guest page number
 * @param mapFlags HV_MAP_GPA_FLAGS
 */
public record MapGpaPagesInput(long partitionId, long targetPage, int mapFlags) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_LONG_UNALIGNED, 8, targetPage);
		at.set(JAVA_INT_UNALIGNED, 16, mapFlags);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MapGpaPagesInput decode(MemorySegment at) {
		return new MapGpaPagesInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 16));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 20) == 0;
	}
}
