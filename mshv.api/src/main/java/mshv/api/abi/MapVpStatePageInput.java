package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_MAP_VP_STATE_PAGE; the output is a page number.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param type 0 registers, 1 intercept message, 2 GHCB
 * @param inputVtl 0
 * @param flags bit 0: the page is given
 * @param requestedPage page number, where flags say so
 */
public record MapVpStatePageInput(long partitionId, int vpIndex, int type, int inputVtl, int flags, long requestedPage) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_SHORT_UNALIGNED, 12, (short) type);
		at.set(JAVA_BYTE, 14, (byte) inputVtl);
		at.set(JAVA_BYTE, 15, (byte) flags);
		at.set(JAVA_LONG_UNALIGNED, 16, requestedPage);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MapVpStatePageInput decode(MemorySegment at) {
		return new MapVpStatePageInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_SHORT_UNALIGNED, 12) & 0xFFFF, at.get(JAVA_BYTE, 14) & 0xFF, at.get(JAVA_BYTE, 15) & 0xFF,
			at.get(JAVA_LONG_UNALIGNED, 16));
	}
}
