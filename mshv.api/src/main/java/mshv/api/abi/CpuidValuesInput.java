package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed input of HVCALL_GET_VP_CPUID_VALUES; a {@link CpuidLeafInput} for each repetition follows. The output has 16 bytes for
 * each: EAX, EBX, ECX, EDX.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param flags bit 0 XCR0 and IA32_XSS are the processor's own, bit 1 registered results are applied
 */
public record CpuidValuesInput(long partitionId, int vpIndex, int flags) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_INT_UNALIGNED, 12, flags);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static CpuidValuesInput decode(MemorySegment at) {
		return new CpuidValuesInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, 16) == 0;
	}
}
