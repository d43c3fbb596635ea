package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_MAP_STATS_PAGE (output: a page number) and HVCALL_UNMAP_STATS_PAGE.
 *
 * @param objectType HV_STATS_OBJECT_TYPE
 * @param objectId partition
 * @param vpIndex processor, for VP statistics
 * @param flags 0
 * @param area 0 self, 1 parent, 2 internal
 */
public record StatsPageInput(int objectType, long objectId, int vpIndex, int flags, int area) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, objectType);
		at.set(JAVA_LONG_UNALIGNED, 8, objectId);
		at.set(JAVA_INT_UNALIGNED, 16, vpIndex);
		at.set(JAVA_SHORT_UNALIGNED, 20, (short) flags);
		at.set(JAVA_BYTE, 23, (byte) area);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static StatsPageInput decode(MemorySegment at) {
		return new StatsPageInput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 16),
			at.get(JAVA_SHORT_UNALIGNED, 20) & 0xFFFF, at.get(JAVA_BYTE, 23) & 0xFF);
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_INT_UNALIGNED, 4) | at.get(JAVA_BYTE, 22)) == 0;
	}
}
