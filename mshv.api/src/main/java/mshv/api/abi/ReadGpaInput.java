package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_READ_GPA; the output has 24 bytes: HV_ACCESS_GPA_RESULT_CODE in 4, reserved in 4, the data in 16.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param byteCount bytes to read, 1 to 16
 * @param address guest-physical address
 * @param control bits 0-7 cache type
 */
public record ReadGpaInput(long partitionId, int vpIndex, int byteCount, long address, long control) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_INT_UNALIGNED, 12, byteCount);
		at.set(JAVA_LONG_UNALIGNED, 16, address);
		at.set(JAVA_LONG_UNALIGNED, 24, control);
	}

	/** @return the structure at {@code at} */
	public static ReadGpaInput decode(MemorySegment at) {
		return new ReadGpaInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12),
			at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24));
	}
}
