package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_SET_PARTITION_PROPERTY.
 *
 * @param partitionId partition
 * @param property HV_PARTITION_PROPERTY_CODE
 * @param value new value
 */
public record SetPartitionPropertyInput(long partitionId, int property, long value) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, property);
		at.set(JAVA_LONG_UNALIGNED, 16, value);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static SetPartitionPropertyInput decode(MemorySegment at) {
		return new SetPartitionPropertyInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_LONG_UNALIGNED, 16));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 12) == 0;
	}
}
