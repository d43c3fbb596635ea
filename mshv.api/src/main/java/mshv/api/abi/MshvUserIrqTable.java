package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import mshv.api.MsiRoute;

/**
 * Argument of MSHV_SET_MSI_ROUTING (mshv_user_irq_table, mshv_user_irq_entry).
 *
 * @param routes the table's entries
 */
public record MshvUserIrqTable(List<MsiRoute> routes) {
	/** Size of the fixed part in bytes: the number of entries, and reserved bytes. */
	public static final int SIZE = 8;
	/** Size of an entry in bytes. */
	public static final int ENTRY_SIZE = 16;

	/** Copies the entries. */
	public MshvUserIrqTable {
		routes = List.copyOf(routes);
	}

	/** @return size of the whole table in bytes */
	public int size() {
		return SIZE + routes.size() * ENTRY_SIZE;
	}

	/** Writes every byte of the table, reserved ones as zero. @param at at least {@link #size} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, routes.size());
		at.set(JAVA_INT_UNALIGNED, 4, 0);
		long offset = SIZE;
		for (MsiRoute route : routes) {
			at.set(JAVA_INT_UNALIGNED, offset, route.gsi());
			at.set(JAVA_INT_UNALIGNED, offset + 4, route.addressLow());
			at.set(JAVA_INT_UNALIGNED, offset + 8, route.addressHigh());
			at.set(JAVA_INT_UNALIGNED, offset + 12, route.data());
			offset += ENTRY_SIZE;
		}
	}

	/** @return the number of entries that the fixed part says, unsigned */
	public static int count(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 0);
	}

	/** @return true if every reserved byte of the fixed part is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 4) == 0;
	}

	/** @param entries a multiple of {@link #ENTRY_SIZE} bytes: what follows the fixed part
	 * @return the table */
	public static MshvUserIrqTable decode(MemorySegment entries) {
		List<MsiRoute> routes = new ArrayList<>();
		for (long offset = 0; offset < entries.byteSize(); offset += ENTRY_SIZE) {
			routes.add(new MsiRoute(entries.get(JAVA_INT_UNALIGNED, offset), entries.get(JAVA_INT_UNALIGNED, offset + 4),
				entries.get(JAVA_INT_UNALIGNED, offset + 8), entries.get(JAVA_INT_UNALIGNED, offset + 12)));
		}
		return new MshvUserIrqTable(routes);
	}
}
