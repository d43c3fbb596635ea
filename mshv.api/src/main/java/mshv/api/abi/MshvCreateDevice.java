package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_CREATE_DEVICE (mshv_create_device).
 *
 * @param type {@link #VFIO}
 * @param descriptor of the device, an answer
 * @param flags bit {@link #TEST}
 */
public record MshvCreateDevice(int type, int descriptor, int flags) {
	/** Size in bytes. */
	public static final int SIZE = 12;
	/** Type: what ties VFIO files to a partition. */
	public static final int VFIO = 0;
	/** Bit of the flags: only tells whether it could be created. */
	public static final int TEST = 1;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, type);
		at.set(JAVA_INT_UNALIGNED, 4, descriptor);
		at.set(JAVA_INT_UNALIGNED, 8, flags);
	}

	/** @return the structure at {@code at} */
	public static MshvCreateDevice decode(MemorySegment at) {
		return new MshvCreateDevice(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_INT_UNALIGNED, 8));
	}
}
