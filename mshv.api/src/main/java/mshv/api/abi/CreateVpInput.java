package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_CREATE_VP.
 *
 * @param partitionId partition
 * @param vpIndex index of the new processor
 * @param subnodeType 0 for any
 * @param subnodeId 0
 * @param proximityDomain preferred memory, 0 for any
 * @param flags 0
 */
public record CreateVpInput(long partitionId, int vpIndex, int subnodeType, long subnodeId, long proximityDomain, long flags) {
	/** Size in bytes. */
	public static final int SIZE = 40;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_BYTE, 15, (byte) subnodeType);
		at.set(JAVA_LONG_UNALIGNED, 16, subnodeId);
		at.set(JAVA_LONG_UNALIGNED, 24, proximityDomain);
		at.set(JAVA_LONG_UNALIGNED, 32, flags);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static CreateVpInput decode(MemorySegment at) {
		return new CreateVpInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 15) & 0xFF,
			at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24), at.get(JAVA_LONG_UNALIGNED, 32));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_SHORT_UNALIGNED, 12) | at.get(JAVA_BYTE, 14)) == 0;
	}
}
