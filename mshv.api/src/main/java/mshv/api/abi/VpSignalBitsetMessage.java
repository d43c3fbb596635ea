package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * HVMSG_SCHEDULER_VP_SIGNAL_BITSET: processors of one partition that became ready, as a sparse set of banks of 64.
 * Payload of 160 bytes: u64 partition id, u32 overflow count, u16 count, u64 format (0) at 16, u64 mask of banks at 24, the banks at 32.
 */
public final class VpSignalBitsetMessage {
	/** Most banks that a message has room for. */
	public static final int MAX_BANKS = 16;

	private static final int PAYLOAD = MessageHeader.SIZE;

	private VpSignalBitsetMessage() {}

	/** @return partition */
	public static long partitionId(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, PAYLOAD);
	}

	/** @return format of the set; only 0 is defined */
	public static long format(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 16);
	}

	/** @return bit n: there is a bank for the processors 64n to 64n+63 */
	public static long bankMask(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 24);
	}

	/** @param position position of the bank among those present, below {@link #MAX_BANKS}
	 * @return bit n: processor n of the bank */
	public static long bank(MemorySegment at, int position) {
		return at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 32 + 8L * position);
	}
}
