package mshv.core.synic;

import java.util.ArrayList;
import java.util.List;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/** Port ids and who is behind them. Id n is at index n - 1; a free id is null. */
final class PortTable {
	/** Port ids have 24 bits. */
	private static final int MAX_ID = (1 << 24) - 1;

	private final List<Port> ports = new ArrayList<>();

	/** Takes the lowest free id, 1 or more. */
	synchronized int allocate(Port port) {
		int index = ports.indexOf(null);
		if (index < 0) {
			if (ports.size() == MAX_ID) {
				throw new HypervisorException("no port id is free", Errno.ENOMEM);
			}
			index = ports.size();
			ports.add(null);
		}
		ports.set(index, port);
		return index + 1;
	}

	/** Silences a port. When this returns, its user is not running, unless it is the caller. The id stays taken.
	 * @return the port, null if the id is not allocated */
	Port silence(int id) {
		Port port = find(id);
		if (port != null) {
			port.close();
		}
		return port;
	}

	/** Gives the id of a port that is silent back. */
	synchronized void free(int id) {
		if (id < 1 || id > ports.size()) {
			return;
		}
		ports.set(id - 1, null);
		while (!ports.isEmpty() && ports.getLast() == null) {
			ports.removeLast();
		}
	}

	/** Rings a port; an id that is not allocated is skipped. */
	void ring(int id) {
		Port port = find(id);
		if (port != null) {
			port.ring();
		}
	}

	/** Delivers a message; one for an id that is not allocated is skipped. */
	void receive(long id, int type, byte[] payload) {
		Port port = id == (int) id ? find((int) id) : null;
		if (port != null) {
			port.receive(type, payload);
		}
	}

	private synchronized Port find(int id) {
		return id < 1 || id > ports.size() ? null : ports.get(id - 1);
	}
}
