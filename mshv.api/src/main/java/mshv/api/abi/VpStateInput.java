package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed input of HVCALL_GET_VP_STATE and HVCALL_SET_VP_STATE; page numbers or raw bytes follow.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param inputVtl 0
 * @param type HV_GET_SET_VP_STATE_TYPE
 * @param xsaveFlags 0
 * @param xsaveStates XFEM mask of XSAVE state
 */
public record VpStateInput(long partitionId, int vpIndex, int inputVtl, int type, long xsaveFlags, long xsaveStates) {
	/** Size in bytes. */
	public static final int SIZE = 40;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_BYTE, 12, (byte) inputVtl);
		at.set(JAVA_INT_UNALIGNED, 16, type);
		at.set(JAVA_LONG_UNALIGNED, 24, xsaveFlags);
		at.set(JAVA_LONG_UNALIGNED, 32, xsaveStates);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static VpStateInput decode(MemorySegment at) {
		return new VpStateInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 12) & 0xFF,
			at.get(JAVA_INT_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24), at.get(JAVA_LONG_UNALIGNED, 32));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_SHORT_UNALIGNED, 13) | at.get(JAVA_BYTE, 15) | at.get(JAVA_INT_UNALIGNED, 20)) == 0;
	}
}
