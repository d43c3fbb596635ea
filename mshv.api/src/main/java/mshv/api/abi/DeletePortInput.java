package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_DELETE_PORT.
 *
 * @param portPartition partition that owns the port
 * @param portId id of the port
 */
public record DeletePortInput(long portPartition, int portId) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** @return the second register of the fast call, the first being the partition */
	public long secondWord() {
		return portId & 0xFFFFFFFFL;
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static DeletePortInput decode(MemorySegment at) {
		return new DeletePortInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 12) == 0;
	}
}
