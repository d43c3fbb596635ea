package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * HVMSG_SCHEDULER_VP_SIGNAL_PAIR: up to 19 processors that became ready and are to be dispatched.
 * Payload of 240 bytes: u32 overflow count, u8 count, u64 partition ids from 8 on, u32 processor indexes from 160 on.
 */
public final class VpSignalPairMessage {
	/** Size of the whole message in bytes. */
	public static final int SIZE = 256;
	/** Most pairs in a message. */
	public static final int MAX_PAIRS = 19;

	private static final int PAYLOAD = MessageHeader.SIZE;
	private static final int COUNT = PAYLOAD + 4;
	private static final int PARTITIONS = PAYLOAD + 8;
	private static final int PROCESSORS = PAYLOAD + 160;

	private VpSignalPairMessage() {}

	/** Writes a message with one pair, every other byte as zero. @param at at least {@link #SIZE} bytes */
	public static void encode(long partitionId, int vpIndex, MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		new MessageHeader(MessageType.SCHEDULER_VP_SIGNAL_PAIR, SIZE - PAYLOAD, 0, 0).encode(at);
		at.set(JAVA_BYTE, COUNT, (byte) 1);
		at.set(JAVA_LONG_UNALIGNED, PARTITIONS, partitionId);
		at.set(JAVA_INT_UNALIGNED, PROCESSORS, vpIndex);
	}

	/** @return number of pairs, never more than {@link #MAX_PAIRS} */
	public static int count(MemorySegment at) {
		return Math.min(at.get(JAVA_BYTE, COUNT) & 0xFF, MAX_PAIRS);
	}

	/** @return partition of a pair */
	public static long partitionId(MemorySegment at, int pair) {
		return at.get(JAVA_LONG_UNALIGNED, PARTITIONS + 8L * pair);
	}

	/** @return processor of a pair; not checked */
	public static int vpIndex(MemorySegment at, int pair) {
		return at.get(JAVA_INT_UNALIGNED, PROCESSORS + 4L * pair);
	}
}
