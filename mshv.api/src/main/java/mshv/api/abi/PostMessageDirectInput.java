package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_POST_MESSAGE_DIRECT.
 *
 * @param partitionId partition
 * @param vpIndex index of the processor
 * @param vtl 0
 * @param sint synthetic interrupt source
 * @param message HV_MESSAGE, {@value #MESSAGE_SIZE} bytes
 */
public record PostMessageDirectInput(long partitionId, int vpIndex, int vtl, int sint, byte[] message) {
	/** Size in bytes. */
	public static final int SIZE = 280;
	/** Size of the message in bytes. */
	public static final int MESSAGE_SIZE = 256;

	private static final int MESSAGE = 20;

	/** Requires a whole message. */
	public PostMessageDirectInput {
		if (message.length != MESSAGE_SIZE) {
			throw new IllegalArgumentException("message of " + message.length + " bytes");
		}
	}

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, partitionId);
		at.set(JAVA_INT_UNALIGNED, 8, vpIndex);
		at.set(JAVA_BYTE, 12, (byte) vtl);
		at.set(JAVA_INT_UNALIGNED, 16, sint);
		MemorySegment.copy(message, 0, at, JAVA_BYTE, MESSAGE, MESSAGE_SIZE);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static PostMessageDirectInput decode(MemorySegment at) {
		return new PostMessageDirectInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 12) & 0xFF,
			at.get(JAVA_INT_UNALIGNED, 16), at.asSlice(MESSAGE, MESSAGE_SIZE).toArray(JAVA_BYTE));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_SHORT_UNALIGNED, 13) | at.get(JAVA_BYTE, 15) | at.get(JAVA_INT_UNALIGNED, 276)) == 0;
	}
}
