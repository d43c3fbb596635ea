package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_DISCONNECT_PORT.
 *
 * @param connectionPartition partition that has the connection
 * @param connectionId id of the connection
 * @param doorbell it is a doorbell's: these have ids of their own
 */
public record DisconnectPortInput(long connectionPartition, int connectionId, boolean doorbell) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** @return the second register of the fast call, the first being the partition */
	public long secondWord() {
		return connectionId & 0xFFFFFFFFL | (doorbell ? 1L << 32 : 0);
	}

	/** @return the structure at {@code at}; reserved bits are not looked at */
	public static DisconnectPortInput decode(MemorySegment at) {
		return new DisconnectPortInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8),
			(at.get(JAVA_INT_UNALIGNED, 12) & 1) != 0);
	}

	/** @return true if every reserved bit is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_INT_UNALIGNED, 12) & ~1) == 0;
	}
}
