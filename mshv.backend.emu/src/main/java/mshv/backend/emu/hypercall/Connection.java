package mshv.backend.emu.hypercall;

import mshv.backend.emu.memory.Doorbells;

/**
 * A connection to a port.
 *
 * @param port where it leads
 * @param doorbell the write that uses it, null unless it is a doorbell's
 * @param channel what it makes of its port, null unless that is a monitor port
 */
record Connection(Port port, Doorbells.Connection doorbell, NotificationChannel channel) {
	/** A connection for messages or events. */
	Connection(Port port) {
		this(port, null, null);
	}
}
