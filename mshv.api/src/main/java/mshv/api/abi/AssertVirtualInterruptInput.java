package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_ASSERT_VIRTUAL_INTERRUPT.
 *
 * @param partitionId partition
 * @param type HV_INTERRUPT_TYPE
 * @param flags bit 0 level triggered, bit 1 logical destination
 * @param destination APIC id or logical destination
 * @param vector interrupt vector
 * @param targetVtl 0
 */
public record AssertVirtualInterruptInput(long partitionId, int type, int flags, long destination, int vector, int targetVtl) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, type);
		at.set(JAVA_INT_UNALIGNED, 12, flags);
		at.set(JAVA_LONG_UNALIGNED, 16, destination);
		at.set(JAVA_INT_UNALIGNED, 24, vector);
		at.set(JAVA_BYTE, 28, (byte) targetVtl);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static AssertVirtualInterruptInput decode(MemorySegment at) {
		return new AssertVirtualInterruptInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_INT_UNALIGNED, 12), at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_INT_UNALIGNED, 24),
			at.get(JAVA_BYTE, 28) & 0xFF);
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_SHORT_UNALIGNED, 29) | at.get(JAVA_BYTE, 31)) == 0;
	}
}
