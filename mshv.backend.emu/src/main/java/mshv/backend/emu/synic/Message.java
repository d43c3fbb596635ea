package mshv.backend.emu.synic;

import java.util.Arrays;

/**
 * A message on its way to a slot (HV_MESSAGE).
 *
 * @param type HV_MESSAGE_TYPE; one with bit 31 is the hypervisor's own
 * @param origin sender's partition id, or the port's id; 0 for timers
 * @param payload at most {@link #MAX_PAYLOAD} bytes
 */
public record Message(int type, long origin, byte[] payload) {
	/** Size of a message in bytes, header included. */
	public static final int SIZE = 256;
	/** Most bytes of payload. */
	public static final int MAX_PAYLOAD = 240;
	/** Bit of the types that guests cannot send. */
	public static final int HYPERVISOR_TYPE = 1 << 31;

	/** @throws IllegalArgumentException if the payload is too long */
	public Message {
		if (payload.length > MAX_PAYLOAD) {
			throw new IllegalArgumentException("payload of " + payload.length + " bytes");
		}
		payload = Arrays.copyOf(payload, payload.length);
	}

	/** @return whether partitions may send a message of this type and size */
	public static boolean sendable(int type, int payloadSize) {
		return type != 0 && (type & HYPERVISOR_TYPE) == 0 && payloadSize >= 0 && payloadSize <= MAX_PAYLOAD;
	}

	@Override
	public byte[] payload() {
		return payload.clone();
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Message message && type == message.type && origin == message.origin
			&& Arrays.equals(payload, message.payload);
	}

	@Override
	public int hashCode() {
		return 31 * type + Arrays.hashCode(payload);
	}
}
