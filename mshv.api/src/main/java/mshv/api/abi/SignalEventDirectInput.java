package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_SIGNAL_EVENT_DIRECT; the output has 8 bytes, the first 1 if the flag was clear before.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param vtl 0
 * @param sint synthetic interrupt source
 * @param flag number of the event flag
 */
public record SignalEventDirectInput(long partitionId, int vpIndex, int vtl, int sint, int flag) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_BYTE, 12, (byte) vtl);
		at.set(JAVA_BYTE, 13, (byte) sint);
		at.set(JAVA_SHORT_UNALIGNED, 14, (short) flag);
	}

	/** @return the structure at {@code at} */
	public static SignalEventDirectInput decode(MemorySegment at) {
		return new SignalEventDirectInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 12) & 0xFF,
			at.get(JAVA_BYTE, 13) & 0xFF, at.get(JAVA_SHORT_UNALIGNED, 14) & 0xFFFF);
	}
}
