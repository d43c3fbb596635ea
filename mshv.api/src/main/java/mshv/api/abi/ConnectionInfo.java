package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * What a connection is (HV_CONNECTION_INFO).
 *
 * @param type of {@link PortType}
 * @param address guest-physical address of a doorbell's write, or of a {@link MonitorPage}
 * @param triggerValue value of a doorbell's write
 * @param flags of {@link DoorbellFlags}
 */
public record ConnectionInfo(int type, long address, long triggerValue, long flags) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, type);
		at.set(JAVA_LONG_UNALIGNED, 8, address);
		at.set(JAVA_LONG_UNALIGNED, 16, triggerValue);
		at.set(JAVA_LONG_UNALIGNED, 24, flags);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static ConnectionInfo decode(MemorySegment at) {
		return new ConnectionInfo(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8), at.get(JAVA_LONG_UNALIGNED, 16),
			at.get(JAVA_LONG_UNALIGNED, 24));
	}

	/** @return true if every reserved byte is zero; which ones are depends on the type */
	public static boolean reservedIsZero(MemorySegment at) {
		long reserved = switch (at.get(JAVA_INT_UNALIGNED, 0)) {
			case PortType.DOORBELL -> 0;
			case PortType.MONITOR -> at.get(JAVA_LONG_UNALIGNED, 16) | at.get(JAVA_LONG_UNALIGNED, 24);
			default -> at.get(JAVA_LONG_UNALIGNED, 8) | at.get(JAVA_LONG_UNALIGNED, 16) | at.get(JAVA_LONG_UNALIGNED, 24);
		};
		return (at.get(JAVA_INT_UNALIGNED, 4) | reserved) == 0;
	}
}
