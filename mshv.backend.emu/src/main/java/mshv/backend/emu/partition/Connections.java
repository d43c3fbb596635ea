package mshv.backend.emu.partition;

import mshv.api.HvStatus;

/** The connections of guests to ports of other partitions or of their own. Any thread; must not block. */
public interface Connections {
	/** Posts a message.
	 * @param partition id of the partition that sends
	 * @param type HV_MESSAGE_TYPE, one that guests may send
	 * @param payload at most 240 bytes
	 * @return INVALID_CONNECTION_ID if the partition has no such connection for messages, else what the port says */
	HvStatus post(long partition, int connection, int type, byte[] payload);

	/** Signals an event.
	 * @param partition id of the partition that sends
	 * @param flag counted from the port's first one
	 * @return INVALID_CONNECTION_ID if the partition has no such connection for events, else what the port says */
	HvStatus signal(long partition, int connection, int flag);
}
