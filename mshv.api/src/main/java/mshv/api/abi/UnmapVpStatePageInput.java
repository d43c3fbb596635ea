package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_UNMAP_VP_STATE_PAGE.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param type 0 registers, 1 intercept message, 2 GHCB
 * @param inputVtl 0
 */
public record UnmapVpStatePageInput(long partitionId, int vpIndex, int type, int inputVtl) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_SHORT_UNALIGNED, 12, (short) type);
		at.set(JAVA_BYTE, 14, (byte) inputVtl);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static UnmapVpStatePageInput decode(MemorySegment at) {
		return new UnmapVpStatePageInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_SHORT_UNALIGNED, 12) & 0xFFFF, at.get(JAVA_BYTE, 14) & 0xFF);
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_BYTE, 15) == 0;
	}
}
