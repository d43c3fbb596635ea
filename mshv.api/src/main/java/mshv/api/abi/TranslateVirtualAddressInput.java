package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_TRANSLATE_VIRTUAL_ADDRESS.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param controlFlags HV_TRANSLATE_GVA_CONTROL_FLAGS
 * @param virtualPage guest-virtual page number
 */
public record TranslateVirtualAddressInput(long partitionId, int vpIndex, long controlFlags, long virtualPage) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_LONG_UNALIGNED, 16, controlFlags);
		at.set(JAVA_LONG_UNALIGNED, 24, virtualPage);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static TranslateVirtualAddressInput decode(MemorySegment at) {
		return new TranslateVirtualAddressInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 12) == 0;
	}
}
