package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_DISPATCH_VP.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param flags HV_DISPATCH_VP_FLAGS
 * @param timeSlice 100 ns units, 0 for no limit
 * @param specCtrl 0
 */
public record DispatchVpInput(long partitionId, int vpIndex, int flags, long timeSlice, long specCtrl) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_INT_UNALIGNED, 12, flags);
		at.set(JAVA_LONG_UNALIGNED, 16, timeSlice);
		at.set(JAVA_LONG_UNALIGNED, 24, specCtrl);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static DispatchVpInput decode(MemorySegment at) {
		return new DispatchVpInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12),
			at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24));
	}
}
