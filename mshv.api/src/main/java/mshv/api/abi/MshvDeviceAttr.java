package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of the calls about a device's attributes (mshv_device_attr).
 *
 * @param flags none are known
 * @param group group of attributes
 * @param attribute number in the group
 * @param address of the attribute's value in the caller's memory
 */
public record MshvDeviceAttr(int flags, int group, long attribute, long address) {
	/** Size in bytes. */
	public static final int SIZE = 24;
	/** Group: the files that a VFIO device ties; the value is a descriptor. */
	public static final int VFIO_FILE = 1;
	/** Attribute of {@link #VFIO_FILE}: adds a file. */
	public static final int VFIO_FILE_ADD = 1;
	/** Attribute of {@link #VFIO_FILE}: removes a file. */
	public static final int VFIO_FILE_DEL = 2;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, flags);
		at.set(JAVA_INT_UNALIGNED, 4, group);
		at.set(JAVA_LONG_UNALIGNED, 8, attribute);
		at.set(JAVA_LONG_UNALIGNED, 16, address);
	}

	/** @return the structure at {@code at} */
	public static MshvDeviceAttr decode(MemorySegment at) {
		return new MshvDeviceAttr(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_LONG_UNALIGNED, 8),
			at.get(JAVA_LONG_UNALIGNED, 16));
	}
}
