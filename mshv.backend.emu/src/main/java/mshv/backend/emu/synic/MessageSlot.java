package mshv.backend.emu.synic;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.invoke.VarHandle;

/** A slot of a page of messages, of a guest or of the root: whose it is shows in the type (TLFS 11.7). One thread writes at a time. */
public final class MessageSlot {
	private static final int PAYLOAD_SIZE_AT = 4, FLAGS_AT = 5, ORIGIN_AT = 8, PAYLOAD_AT = 16;
	private static final int PENDING = 1;

	private MessageSlot() {}

	/** @return host address of a SINT's slot in a page of messages */
	public static long of(long page, int sint) {
		return page + (long) sint * Message.SIZE;
	}

	/** Looks whether a slot may be written; if it is full, asks its owner for EOM. @param slot host address */
	public static boolean free(long slot) {
		if (RAW.getInt(slot) == 0) {
			return true;
		}
		RAW.putByte(slot + FLAGS_AT, (byte) PENDING);
		VarHandle.fullFence();
		// Freed before the flag was there: nobody would ask for the message
		return RAW.getInt(slot) == 0;
	}

	/** Writes a message into a free slot. The type is written last: it gives the slot away.
	 * @param slot host address
	 * @param more whether another one waits */
	public static void write(long slot, Message message, boolean more) {
		byte[] payload = message.payload();
		RAW.fill(slot + PAYLOAD_SIZE_AT, Message.SIZE - PAYLOAD_SIZE_AT, (byte) 0);
		RAW.putByte(slot + PAYLOAD_SIZE_AT, (byte) payload.length);
		RAW.putByte(slot + FLAGS_AT, (byte) (more ? PENDING : 0));
		RAW.putLong(slot + ORIGIN_AT, message.origin());
		RAW.copyIn(payload, 0, slot + PAYLOAD_AT, payload.length);
		VarHandle.fullFence();
		RAW.putInt(slot, message.type());
	}

	/** @return bytes of the payload that a slot's header claims, 0 to 255 */
	public static int payloadSize(long slot) {
		return RAW.getByte(slot + PAYLOAD_SIZE_AT) & 0xFF;
	}

	/** @param slot host address of a slot whose {@link #payloadSize} is possible
	 * @return the message in it */
	public static Message read(long slot) {
		byte[] payload = new byte[payloadSize(slot)];
		RAW.copyOut(slot + PAYLOAD_AT, payload, 0, payload.length);
		return new Message(RAW.getInt(slot), RAW.getLong(slot + ORIGIN_AT), payload);
	}
}
