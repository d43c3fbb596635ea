package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_GET_PARTITION_PROPERTY_EX; the output is the value, up to 4072 bytes.
 *
 * @param partitionId partition
 * @param property HV_PARTITION_PROPERTY_CODE
 * @param argument what the property asks for
 */
public record PartitionPropertyExInput(long partitionId, int property, long argument) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, property);
		at.set(JAVA_LONG_UNALIGNED, 16, argument);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static PartitionPropertyExInput decode(MemorySegment at) {
		return new PartitionPropertyExInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_LONG_UNALIGNED, 16));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 12) == 0;
	}
}
