package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_SIGNAL_EVENT.
 *
 * @param connectionId connection of the caller's partition
 * @param flag event flag, counted from the port's first one
 */
public record SignalEventInput(int connectionId, int flag) {
	/** Size in bytes. */
	public static final int SIZE = 8;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, connectionId);
		at.set(JAVA_INT_UNALIGNED, 4, flag & 0xFFFF);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static SignalEventInput decode(MemorySegment at) {
		return new SignalEventInput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_SHORT_UNALIGNED, 4) & 0xFFFF);
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_SHORT_UNALIGNED, 6) == 0;
	}
}
