package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * What a port is and whom it tells (HV_PORT_INFO).
 *
 * @param type of {@link PortType}
 * @param targetSint SINT that announces; of a monitor port the lower half of an address
 * @param targetVp processor that is told, {@link #ANY_VP} for any; of a monitor port the upper half
 * @param flagBase first event flag; of event ports only
 * @param flagCount number of event flags; of event ports only
 */
public record PortInfo(int type, int targetSint, int targetVp, int flagBase, int flagCount) {
	/** Size in bytes. */
	public static final int SIZE = 24;
	/** HV_ANY_VP. */
	public static final int ANY_VP = -1;

	/** @param address guest-physical address of the page of notifications ({@link MonitorPage}) in the partition that receives them
	 * @return a monitor port */
	public static PortInfo monitor(long address) {
		return new PortInfo(PortType.MONITOR, (int) address, (int) (address >>> 32), 0, 0);
	}

	/** @return guest-physical address of a monitor port's page */
	public long monitorAddress() {
		return targetSint & 0xFFFFFFFFL | (long) targetVp << 32;
	}

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, type);
		at.set(JAVA_INT_UNALIGNED, 8, targetSint);
		at.set(JAVA_INT_UNALIGNED, 12, targetVp);
		if (type == PortType.EVENT) {
			at.set(JAVA_SHORT_UNALIGNED, 16, (short) flagBase);
			at.set(JAVA_SHORT_UNALIGNED, 18, (short) flagCount);
		}
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static PortInfo decode(MemorySegment at) {
		int type = at.get(JAVA_INT_UNALIGNED, 0);
		boolean event = type == PortType.EVENT;
		return new PortInfo(type, at.get(JAVA_INT_UNALIGNED, 8), at.get(JAVA_INT_UNALIGNED, 12),
			event ? at.get(JAVA_SHORT_UNALIGNED, 16) & 0xFFFF : 0, event ? at.get(JAVA_SHORT_UNALIGNED, 18) & 0xFFFF : 0);
	}

	/** @return true if every reserved byte is zero; which ones are depends on the type */
	public static boolean reservedIsZero(MemorySegment at) {
		long rest = at.get(JAVA_LONG_UNALIGNED, 16);
		boolean event = at.get(JAVA_INT_UNALIGNED, 0) == PortType.EVENT;
		return at.get(JAVA_INT_UNALIGNED, 4) == 0 && (event ? rest >>> 32 : rest) == 0;
	}
}
