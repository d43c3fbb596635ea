package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_SET_GUEST_MEMORY (mshv_user_mem_region).
 *
 * @param size bytes
 * @param guestPage guest page number
 * @param userAddress address in the caller's memory
 * @param flags bits {@link #WRITABLE}, {@link #EXECUTABLE}, {@link #UNMAP}
 */
public record MshvUserMemRegion(long size, long guestPage, long userAddress, int flags) {
	/** Size in bytes. */
	public static final int SIZE = 32;
	/** Bit of the flags: the guest may write. */
	public static final int WRITABLE = 1;
	/** Bit of the flags: the guest may fetch instructions. */
	public static final int EXECUTABLE = 2;
	/** Bit of the flags: unmaps; the others mean nothing then. */
	public static final int UNMAP = 4;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, size);
		at.set(JAVA_LONG_UNALIGNED, 8, guestPage);
		at.set(JAVA_LONG_UNALIGNED, 16, userAddress);
		at.set(JAVA_BYTE, 24, (byte) flags);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MshvUserMemRegion decode(MemorySegment at) {
		return new MshvUserMemRegion(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_LONG_UNALIGNED, 16),
			at.get(JAVA_BYTE, 24) & 0xFF);
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, 24) >>> 8 == 0;
	}
}
