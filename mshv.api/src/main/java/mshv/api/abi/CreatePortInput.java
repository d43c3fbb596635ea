package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_CREATE_PORT.
 *
 * @param portPartition partition that owns the port
 * @param portId 24-bit id
 * @param portVtl 0
 * @param minConnectionVtl 0
 * @param connectionPartition partition that may connect to it
 * @param info what the port is
 * @param proximityDomain preferred memory, 0 for any
 */
public record CreatePortInput(long portPartition, int portId, int portVtl, int minConnectionVtl, long connectionPartition, PortInfo info,
		long proximityDomain) {
	/** Size in bytes. */
	public static final int SIZE = 56;

	private static final long INFO = 24;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, portPartition);
		at.set(JAVA_INT_UNALIGNED, 8, portId);
		at.set(JAVA_BYTE, 12, (byte) portVtl);
		at.set(JAVA_BYTE, 13, (byte) minConnectionVtl);
		at.set(JAVA_LONG_UNALIGNED, 16, connectionPartition);
		info.encode(at.asSlice(INFO));
		at.set(JAVA_LONG_UNALIGNED, 48, proximityDomain);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static CreatePortInput decode(MemorySegment at) {
		return new CreatePortInput(at.get(JAVA_LONG_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_BYTE, 12) & 0xFF,
			at.get(JAVA_BYTE, 13) & 0xFF, at.get(JAVA_LONG_UNALIGNED, 16), PortInfo.decode(at.asSlice(INFO)),
			at.get(JAVA_LONG_UNALIGNED, 48));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_SHORT_UNALIGNED, 14) == 0 && PortInfo.reservedIsZero(at.asSlice(INFO));
	}
}
