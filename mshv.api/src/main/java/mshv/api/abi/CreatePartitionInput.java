package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_CREATE_PARTITION.
 *
 * @param flags HV_PARTITION_CREATION_FLAGS
 * @param proximityDomain preferred memory, 0 for any
 * @param compatibilityVersion 0x609
 * @param disabledProcessorFeatures0 a set bit disables
 * @param disabledProcessorFeatures1 a set bit disables
 * @param disabledXsaveFeatures a set bit disables
 * @param isolationProperties 0 for none
 */
public record CreatePartitionInput(long flags, long proximityDomain, int compatibilityVersion, long disabledProcessorFeatures0,
		long disabledProcessorFeatures1, long disabledXsaveFeatures, long isolationProperties) {
	/** Size in bytes. */
	public static final int SIZE = 56;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, flags);
		at.set(JAVA_LONG_UNALIGNED, 8, proximityDomain);
		at.set(JAVA_INT_UNALIGNED, 16, compatibilityVersion);
		at.set(JAVA_LONG_UNALIGNED, 24, disabledProcessorFeatures0);
		at.set(JAVA_LONG_UNALIGNED, 32, disabledProcessorFeatures1);
		at.set(JAVA_LONG_UNALIGNED, 40, disabledXsaveFeatures);
		at.set(JAVA_LONG_UNALIGNED, 48, isolationProperties);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static CreatePartitionInput decode(MemorySegment at) {
		return new CreatePartitionInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 16),
			at.get(JAVA_LONG_UNALIGNED, 24), at.get(JAVA_LONG_UNALIGNED, 32), at.get(JAVA_LONG_UNALIGNED, 40),
			at.get(JAVA_LONG_UNALIGNED, 48));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 20) == 0;
	}
}
