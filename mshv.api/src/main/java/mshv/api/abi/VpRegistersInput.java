package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed input of HVCALL_GET_VP_REGISTERS and HVCALL_SET_VP_REGISTERS; names (4 bytes each) or RegisterAssociations follow.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param inputVtl 0
 */
public record VpRegistersInput(long partitionId, int vpIndex, int inputVtl) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_BYTE, 12, (byte) inputVtl);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static VpRegistersInput decode(MemorySegment at) {
		return new VpRegistersInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 12) & 0xFF);
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_SHORT_UNALIGNED, 13) | at.get(JAVA_BYTE, 15)) == 0;
	}
}
