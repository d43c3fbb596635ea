package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_WITHDRAW_MEMORY; the output is page numbers, 8 bytes each.
 *
 * @param partitionId partition
 * @param proximityDomain preferred memory, 0 for any
 */
public record WithdrawMemoryInput(long partitionId, long proximityDomain) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_LONG_UNALIGNED, 8, proximityDomain);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static WithdrawMemoryInput decode(MemorySegment at) {
		return new WithdrawMemoryInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8));
	}
}
