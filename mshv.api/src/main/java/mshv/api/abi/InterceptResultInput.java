package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed part of the input of HVCALL_REGISTER_INTERCEPT_RESULT; {@link CpuidInterceptResult} or {@link MsrInterceptResult} follows, in
 * {@link CpuidInterceptResult#SIZE} bytes whichever it is.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param interceptType HV_INTERCEPT_TYPE
 */
public record InterceptResultInput(long partitionId, int vpIndex, int interceptType) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_INT_UNALIGNED, 12, interceptType);
	}

	/** @return the structure at {@code at} */
	public static InterceptResultInput decode(MemorySegment at) {
		return new InterceptResultInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12));
	}
}
