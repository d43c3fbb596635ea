package mshv.core.root;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.abi.MonitorPage;
import mshv.api.driver.Ports;

/** The connections by which a partition sends, and the ids of the ports where it receives. Any thread. */
final class PartitionPorts implements AutoCloseable {
	/** Port ids have 24 bits, and 0 is none. */
	private static final int LAST_ID = (1 << 24) - 1;

	private final Hypercalls calls;
	private final Arena arena;
	/** Pages of monitored notifications that are not in use. The guest may write to one a little longer: it remains this guest's. */
	private final List<MemorySegment> pages = new ArrayList<>();
	private final Set<PortConnection> connections = new HashSet<>();
	private final BitSet ids = new BitSet();
	private boolean closed;

	/** @param arena of what lives until the partition is deleted */
	PartitionPorts(Hypercalls calls, Arena arena) {
		this.calls = calls;
		this.arena = arena;
	}

	/** Takes the lowest free id of a port of this partition, 1 or more. */
	synchronized int allocate() {
		int id = ids.nextClearBit(1);
		if (id > LAST_ID) {
			throw new HypervisorException("no port id is free", Errno.ENOMEM);
		}
		ids.set(id);
		return id;
	}

	synchronized void free(int id) {
		ids.clear(id);
	}

	/** Takes a page of the root, zero, for what this partition sends. */
	synchronized MemorySegment takePage() {
		if (closed) {
			throw RootHypervisor.gone();
		}
		return pages.isEmpty() ? arena.allocate(MonitorPage.SIZE, MonitorPage.SIZE) : pages.removeLast().fill((byte) 0);
	}

	synchronized void givePage(MemorySegment page) {
		pages.add(page);
	}

	/** Connects this partition to a new port. If it is closed meanwhile, the connection ends. */
	Ports.Connection connect(PortConnection.Sender sender, PortConnection.Port port) {
		PortConnection connection = PortConnection.connect(calls, sender, port);
		boolean late;
		synchronized (this) {
			late = closed;
			connections.add(connection);
		}
		if (late) {
			end(connection);
			throw RootHypervisor.gone();
		}
		return () -> end(connection);
	}

	private void end(PortConnection connection) {
		connection.close();
		synchronized (this) {
			connections.remove(connection);
		}
	}

	/** Ends all connections. */
	@Override
	public void close() {
		List<PortConnection> left;
		synchronized (this) {
			closed = true;
			left = List.copyOf(connections);
		}
		left.forEach(this::end);
	}
}
