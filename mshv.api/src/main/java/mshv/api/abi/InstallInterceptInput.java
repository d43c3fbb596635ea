package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_INSTALL_INTERCEPT.
 *
 * @param partitionId partition
 * @param accessMask 1 read, 2 write, 4 execute; 0 removes
 * @param interceptType HV_INTERCEPT_TYPE
 * @param parameter port, MSR or leaf, vector
 */
public record InstallInterceptInput(long partitionId, int accessMask, int interceptType, long parameter) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, accessMask);
		at.set(JAVA_INT_UNALIGNED, 12, interceptType);
		at.set(JAVA_LONG_UNALIGNED, 16, parameter);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static InstallInterceptInput decode(MemorySegment at) {
		return new InstallInterceptInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12),
			at.get(JAVA_LONG_UNALIGNED, 16));
	}
}
