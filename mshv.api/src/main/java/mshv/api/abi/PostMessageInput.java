package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_POST_MESSAGE.
 *
 * @param connectionId connection of the caller's partition
 * @param messageType HV_MESSAGE_TYPE, not 0, bit 31 clear
 * @param payloadSize bytes of the payload that count, at most {@value #MAX_PAYLOAD}
 * @param payload {@value #MAX_PAYLOAD} bytes
 */
public record PostMessageInput(int connectionId, int messageType, int payloadSize, byte[] payload) {
	/** Size in bytes. */
	public static final int SIZE = 256;
	/** Most bytes of payload. */
	public static final int MAX_PAYLOAD = 240;

	private static final int PAYLOAD = 16;

	/** Requires the whole payload. */
	public PostMessageInput {
		if (payload.length != MAX_PAYLOAD) {
			throw new IllegalArgumentException("payload of " + payload.length + " bytes");
		}
	}

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, connectionId);
		at.set(JAVA_INT_UNALIGNED, 8, messageType);
		at.set(JAVA_INT_UNALIGNED, 12, payloadSize);
		MemorySegment.copy(payload, 0, at, JAVA_BYTE, PAYLOAD, MAX_PAYLOAD);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static PostMessageInput decode(MemorySegment at) {
		return new PostMessageInput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12),
			at.asSlice(PAYLOAD, MAX_PAYLOAD).toArray(JAVA_BYTE));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 4) == 0;
	}
}
