package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_CONNECT_PORT.
 *
 * @param connectionPartition partition that gets the connection
 * @param connectionId 24-bit id, by which its guest names the connection
 * @param connectionVtl 0
 * @param portPartition partition that owns the port
 * @param portId id of the port
 * @param info what the connection is
 * @param proximityDomain preferred memory, 0 for any
 */
public record ConnectPortInput(long connectionPartition, int connectionId, int connectionVtl, long portPartition, int portId,
		ConnectionInfo info, long proximityDomain) {
	/** Size in bytes. */
	public static final int SIZE = 72;

	private static final long INFO = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, connectionPartition);
		at.set(JAVA_INT_UNALIGNED, 8, connectionId);
		at.set(JAVA_BYTE, 12, (byte) connectionVtl);
		at.set(JAVA_LONG_UNALIGNED, 16, portPartition);
		at.set(JAVA_INT_UNALIGNED, 24, portId);
		info.encode(at.asSlice(INFO));
		at.set(JAVA_LONG_UNALIGNED, 64, proximityDomain);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static ConnectPortInput decode(MemorySegment at) {
		return new ConnectPortInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 12) & 0xFF,
			at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_INT_UNALIGNED, 24), ConnectionInfo.decode(at.asSlice(INFO)),
			at.get(JAVA_LONG_UNALIGNED, 64));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_BYTE, 13) | at.get(JAVA_SHORT_UNALIGNED, 14) | at.get(JAVA_INT_UNALIGNED, 28)) == 0
			&& ConnectionInfo.reservedIsZero(at.asSlice(INFO));
	}
}
