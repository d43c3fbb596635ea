package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_GET_VP_STATE and MSHV_SET_VP_STATE (mshv_get_set_vp_state).
 *
 * @param type 0 LAPIC, 1 XSAVE, 2 SIMP, 3 SIEFP, 4 synthetic timers
 * @param bufferSize room in bytes, afterwards the block's size; unsigned
 * @param bufferAddress address of the buffer in the caller's memory
 */
public record MshvVpState(int type, int bufferSize, long bufferAddress) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, type & 0xFF);
		at.set(JAVA_INT_UNALIGNED, 4, bufferSize);
		at.set(JAVA_LONG_UNALIGNED, 8, bufferAddress);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MshvVpState decode(MemorySegment at) {
		return new MshvVpState(at.get(JAVA_BYTE, 0) & 0xFF, at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_LONG_UNALIGNED, 8));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 0) >>> 8 == 0;
	}
}
