package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_IOEVENTFD (mshv_user_ioeventfd).
 *
 * @param dataMatch value that counts, with {@link #DATAMATCH}
 * @param address guest-physical address
 * @param length bytes of the write: 0 for any, 1, 2, 4 or 8
 * @param descriptor eventfd that is signalled
 * @param flags bits {@link #DATAMATCH}, {@link #PIO}, {@link #DEASSIGN}
 */
public record MshvUserIoeventfd(long dataMatch, long address, int length, int descriptor, int flags) {
	/** Size in bytes. */
	public static final int SIZE = 32;
	/** Bit of the flags: only one value counts. */
	public static final int DATAMATCH = 1;
	/** Bit of the flags: an I/O port. */
	public static final int PIO = 2;
	/** Bit of the flags: undoes the binding. */
	public static final int DEASSIGN = 4;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, dataMatch);
		at.set(JAVA_LONG_UNALIGNED, 8, address);
		at.set(JAVA_INT_UNALIGNED, 16, length);
		at.set(JAVA_INT_UNALIGNED, 20, descriptor);
		at.set(JAVA_INT_UNALIGNED, 24, flags);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MshvUserIoeventfd decode(MemorySegment at) {
		return new MshvUserIoeventfd(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 16),
			at.get(JAVA_INT_UNALIGNED, 20), at.get(JAVA_INT_UNALIGNED, 24));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 28) == 0;
	}
}
