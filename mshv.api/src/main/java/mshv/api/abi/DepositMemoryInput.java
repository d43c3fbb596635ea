package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed input of HVCALL_DEPOSIT_MEMORY; page numbers follow, 8 bytes each.
 *
 * @param partitionId partition
 */
public record DepositMemoryInput(long partitionId) {
	/** Size in bytes. */
	public static final int SIZE = 8;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static DepositMemoryInput decode(MemorySegment at) {
		return new DepositMemoryInput(at.get(JAVA_LONG_UNALIGNED, 0));
	}
}
