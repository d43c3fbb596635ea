package mshv.core.root;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.driver.Ports;

/** The connections by which a partition sends, and the ids of the ports where it receives. Any thread. */
final class PartitionPorts implements AutoCloseable {
	/** Port ids have 24 bits, and 0 is none. */
	private static final int LAST_ID = (1 << 24) - 1;

	private final Hypercalls calls;
	private final Set<PortConnection> connections = new HashSet<>();
	private final BitSet ids = new BitSet();
	private boolean closed;

	PartitionPorts(Hypercalls calls) {
		this.calls = calls;
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
