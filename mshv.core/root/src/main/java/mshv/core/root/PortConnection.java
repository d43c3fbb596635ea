package mshv.core.root;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

import mshv.api.HypervisorException;
import mshv.api.abi.ConnectionInfo;
import mshv.api.abi.PortInfo;

/** A port of messages, events or monitored notifications with the one connection that leads to it. */
final class PortConnection {
	/** Who sends, and by which id.
	 * @param partition id of the partition
	 * @param connection id of the connection
	 * @param address where the sender sees a page of monitored notifications, 0 for other ports */
	record Sender(long partition, int connection, long address) {}

	/** The port.
	 * @param owner id of the partition where what is sent arrives
	 * @param id taken already
	 * @param free gives the id back
	 * @param info what the port is */
	record Port(long owner, int id, IntConsumer free, PortInfo info) {}

	private final Hypercalls calls;
	private final Sender sender;
	private final Port port;
	private final AtomicBoolean closed = new AtomicBoolean();

	private PortConnection(Hypercalls calls, Sender sender, Port port) {
		this.calls = calls;
		this.sender = sender;
		this.port = port;
	}

	/** Makes and connects a port; if a step fails, the earlier ones are undone, and the port's id is given back. */
	static PortConnection connect(Hypercalls calls, Sender sender, Port port) {
		try {
			calls.createPort(port.owner, port.id, sender.partition, port.info);
			try {
				calls.connectPort(sender.partition, sender.connection, port.owner, port.id,
					new ConnectionInfo(port.info.type(), sender.address, 0, 0));
			} catch (HypervisorException e) {
				calls.deletePort(port.owner, port.id);
				throw e;
			}
		} catch (HypervisorException e) {
			port.free.accept(port.id);
			throw e;
		}
		return new PortConnection(calls, sender, port);
	}

	/** Whatever the hypervisor refuses, nothing arrives any more. Once more: no effect. */
	void close() {
		if (closed.getAndSet(true)) {
			return;
		}
		try {
			calls.disconnectPort(sender.partition, sender.connection, false);
		} catch (HypervisorException e) {
			// The sender is gone, and the connection with it
		}
		try {
			calls.deletePort(port.owner, port.id);
		} catch (HypervisorException e) {
			// The owner is gone, and the port with it
		}
		port.free.accept(port.id);
	}
}
