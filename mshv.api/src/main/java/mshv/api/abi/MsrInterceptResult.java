package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Result of an MSR access for HVCALL_REGISTER_INTERCEPT_RESULT.
 *
 * @param index number of the MSR
 * @param access HV_INTERCEPT_ACCESS_MASK
 * @param action 0 fault, 1 ignore writes and read zero
 */
public record MsrInterceptResult(int index, int access, int action) {
	/** Size in bytes. */
	public static final int SIZE = 12;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, index);
		at.set(JAVA_INT_UNALIGNED, 4, access);
		at.set(JAVA_INT_UNALIGNED, 8, action);
	}

	/** @return the structure at {@code at} */
	public static MsrInterceptResult decode(MemorySegment at) {
		return new MsrInterceptResult(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_INT_UNALIGNED, 8));
	}
}
