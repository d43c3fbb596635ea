package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_GET_GPAP_ACCESS_BITMAP (mshv_gpap_access_bitmap).
 *
 * @param type 0 accessed, 1 dirty
 * @param operation 0 nothing, 1 clear, 2 set
 * @param pageCount pages
 * @param firstPage guest page number of bit 0
 * @param bitmapAddress address of the bitmap in the caller's memory
 */
public record MshvGpapAccessBitmap(int type, int operation, long pageCount, long firstPage, long bitmapAddress) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_BYTE, 0, (byte) type);
		at.set(JAVA_BYTE, 1, (byte) operation);
		at.set(JAVA_LONG_UNALIGNED, 8, pageCount);
		at.set(JAVA_LONG_UNALIGNED, 16, firstPage);
		at.set(JAVA_LONG_UNALIGNED, 24, bitmapAddress);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MshvGpapAccessBitmap decode(MemorySegment at) {
		return new MshvGpapAccessBitmap(at.get(JAVA_BYTE, 0) & 0xFF, at.get(JAVA_BYTE, 1) & 0xFF, at.get(JAVA_LONG_UNALIGNED, 8),
			at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, 0) >>> 16 == 0;
	}
}
