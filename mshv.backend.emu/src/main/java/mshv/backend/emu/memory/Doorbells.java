package mshv.backend.emu.memory;

import java.util.Arrays;

/**
 * The doorbells of one partition: writes to guest-physical addresses that ring, whether or not there is memory. Lookups may run on any
 * thread and take no lock; a connection that is added is seen by every later lookup.
 */
public final class Doorbells {
	/** What a write rings. */
	@FunctionalInterface
	public interface Bell {
		/** Called by the processor that writes, in the middle of its instruction: must not wait for a processor, nor throw. */
		void ring();
	}

	/**
	 * A write that rings.
	 *
	 * @param address guest-physical address
	 * @param bytes size of the write, 0 for any
	 * @param anyValue whether the value does not matter
	 * @param value that is written, zero-extended
	 * @param bell what it rings
	 */
	public record Connection(long address, int bytes, boolean anyValue, long value, Bell bell) {
		private boolean rings(long writtenAddress, int size, long written) {
			return writtenAddress == address && (bytes == 0 || bytes == size) && (anyValue || written == value);
		}

		private long page() {
			return address >>> PhysicalMemory.PAGE_SHIFT;
		}
	}

	private static final Connection[] NONE = {};
	private static final Connection[][] EMPTY = {};

	/** Connections by page: of a table of 2<sup>n</sup> places, the first free or fitting one from the page's own on. Replaced, never
	 * changed. */
	private volatile Connection[][] places = EMPTY;
	private Connection[] all = NONE;
	private boolean closed;

	/** No doorbells. */
	public Doorbells() {}

	/** Adds a connection. @return false if there can be none any more */
	public synchronized boolean add(Connection connection) {
		if (closed) {
			return false;
		}
		Connection[] extended = Arrays.copyOf(all, all.length + 1);
		extended[all.length] = connection;
		set(extended);
		return true;
	}

	/** Removes a connection. A write that is under way may still ring. */
	public synchronized void remove(Connection connection) {
		set(Arrays.stream(all).filter(each -> each != connection).toArray(Connection[]::new));
	}

	/** Removes all connections for good. */
	public synchronized void close() {
		closed = true;
		set(NONE);
	}

	private void set(Connection[] connections) {
		all = connections;
		if (connections.length == 0) {
			places = EMPTY;
			return;
		}
		Connection[][] table = new Connection[Integer.highestOneBit(connections.length) << 2][];
		for (Connection connection : connections) {
			int place = place(table, connection.page());
			Connection[] before = table[place] == null ? NONE : table[place];
			table[place] = Arrays.copyOf(before, before.length + 1);
			table[place][before.length] = connection;
		}
		places = table;
	}

	private static int place(Connection[][] table, long page) {
		int place = (int) (page ^ page >>> 16) & table.length - 1;
		while (table[place] != null && table[place][0].page() != page) {
			place = place + 1 & table.length - 1;
		}
		return place;
	}

	/** @param page guest page number
	 * @return true if a write to the page may ring */
	public boolean covers(long page) {
		Connection[][] table = places;
		return table.length != 0 && table[place(table, page)] != null;
	}

	/** Rings what a write rings.
	 * @param address guest-physical address
	 * @param size bytes, 1 to 8
	 * @param value what is written in its low bytes
	 * @return true if it rings anything */
	public boolean ring(long address, int size, long value) {
		Connection[][] table = places;
		if (table.length == 0) {
			return false;
		}
		Connection[] candidates = table[place(table, address >>> PhysicalMemory.PAGE_SHIFT)];
		if (candidates == null) {
			return false;
		}
		long written = size == 8 ? value : value & (1L << 8 * size) - 1;
		boolean rung = false;
		for (Connection candidate : candidates) {
			if (candidate.rings(address, size, written)) {
				candidate.bell.ring();
				rung = true;
			}
		}
		return rung;
	}
}
