package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Header of a message (HV_MESSAGE_HEADER); the payload follows at 16.
 *
 * @param type HV_MESSAGE_TYPE
 * @param payloadSize bytes, up to 240
 * @param flags bit 0: another message is waiting
 * @param sender partition or port
 */
public record MessageHeader(int type, int payloadSize, int flags, long sender) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, type);
		at.set(JAVA_BYTE, 4, (byte) payloadSize);
		at.set(JAVA_BYTE, 5, (byte) flags);
		at.set(JAVA_LONG_UNALIGNED, 8, sender);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MessageHeader decode(MemorySegment at) {
		return new MessageHeader(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_BYTE, 4) & 0xFF, at.get(JAVA_BYTE, 5) & 0xFF,
			at.get(JAVA_LONG_UNALIGNED, 8));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_SHORT_UNALIGNED, 6) == 0;
	}
}
