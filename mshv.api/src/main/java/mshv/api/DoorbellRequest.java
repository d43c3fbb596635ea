package mshv.api;

import java.util.Objects;
import java.util.OptionalLong;

import mshv.api.event.Event;

/**
 * A doorbell: a guest's write that signals an event and needs nobody's attention (MSHV_IOEVENTFD, mshv_user_ioeventfd).
 * Two requests that are equal name the same doorbell.
 *
 * @param address guest-physical address of the write; there need be no memory
 * @param length bytes that are written: 1, 2, 4, 8, or 0 for any of these
 * @param dataMatch the value that is written, zero-extended; empty for any value
 * @param portIo the address is a port; the driver has no such doorbells
 * @param event what is signalled
 */
public record DoorbellRequest(long address, int length, OptionalLong dataMatch, boolean portIo, Event event) {
	/** @throws NullPointerException if the match or the event is null */
	public DoorbellRequest {
		Objects.requireNonNull(dataMatch, "dataMatch");
		Objects.requireNonNull(event, "event");
	}

	/** @return a doorbell for writes of any value to an address of memory */
	public static DoorbellRequest anyValue(long address, int length, Event event) {
		return new DoorbellRequest(address, length, OptionalLong.empty(), false, event);
	}

	/** @return a doorbell for writes of one value to an address of memory */
	public static DoorbellRequest matching(long address, int length, long value, Event event) {
		return new DoorbellRequest(address, length, OptionalLong.of(value), false, event);
	}
}
