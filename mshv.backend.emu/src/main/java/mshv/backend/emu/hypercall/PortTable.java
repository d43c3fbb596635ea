package mshv.backend.emu.hypercall;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import mshv.api.HvStatus;

/** The ports and connections of all partitions by their ids. Lookups take no lock. Any thread. */
final class PortTable {
	/** Ids have 24 bits. */
	private static final int ID_MASK = 0xFFFFFF;

	private record PortKey(long owner, int id) {}

	/** Doorbells' connections have ids of their own. */
	private record ConnectionKey(long partition, int id, boolean doorbell) {}

	private final Map<PortKey, Port> ports = new HashMap<>();
	private final Map<ConnectionKey, Connection> connections = new ConcurrentHashMap<>();

	/** @return true if a port or connection may have this id; 0 is none: it marks an empty place of an event ring */
	static boolean validId(int id) {
		return id != 0 && (id & ~ID_MASK) == 0;
	}

	/** Adds a port. @return false if its owner has one with the same id */
	synchronized boolean add(Port port) {
		return ports.putIfAbsent(new PortKey(port.owner(), port.id()), port) == null;
	}

	/** @return the port, null if there is none */
	synchronized Port find(long owner, int id) {
		return ports.get(new PortKey(owner, id));
	}

	/** Removes a port. Its connections stay, and lead nowhere. @return the port, null if there was none */
	synchronized Port remove(long owner, int id) {
		return ports.remove(new PortKey(owner, id));
	}

	/** Adds a connection, unless its id is taken.
	 * @param connect connects; if it fails nothing is added */
	synchronized HvStatus connect(long partition, int id, Connection connection, Supplier<HvStatus> connect) {
		ConnectionKey key = new ConnectionKey(partition, id, connection.doorbell() != null);
		if (connections.containsKey(key)) {
			return HvStatus.INVALID_CONNECTION_ID;
		}
		HvStatus status = connect.get();
		if (status == HvStatus.SUCCESS) {
			connections.put(key, connection);
		}
		return status;
	}

	/** Removes a connection. @return the connection, null if there was none */
	synchronized Connection disconnect(long partition, int id, boolean doorbell) {
		return connections.remove(new ConnectionKey(partition, id, doorbell));
	}

	/** @return the connection of messages or events by which a guest names it, null if there is none */
	Connection connection(long partition, int id) {
		return connections.get(new ConnectionKey(partition, id, false));
	}

	/** A partition is gone, and with it what it owned. */
	synchronized void forget(long partition) {
		ports.keySet().removeIf(key -> key.owner == partition);
		connections.keySet().removeIf(key -> key.partition == partition);
	}
}
