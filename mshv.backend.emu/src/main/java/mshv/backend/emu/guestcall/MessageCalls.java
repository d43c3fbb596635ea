package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.util.Map;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.Privileges;
import mshv.backend.emu.synic.Message;

/** Calls that send through a connection (HvCallPostMessage, HvCallSignalEvent). */
final class MessageCalls {
	private static final int POST_SIZE = 256, SIGNAL_SIZE = 8;
	private static final int TYPE_AT = 8, PAYLOAD_SIZE_AT = 12, PAYLOAD_AT = 16;

	private final Caller caller;

	MessageCalls(Caller caller) {
		this.caller = caller;
	}

	void register(Map<Integer, GuestCall> calls) {
		calls.put(GuestCallCode.POST_MESSAGE,
			GuestCall.simple(POST_SIZE, 0, guest -> guest.may(Privileges.POST_MESSAGES), this::post));
		calls.put(GuestCallCode.SIGNAL_EVENT,
			GuestCall.simple(SIGNAL_SIZE, 0, guest -> guest.may(Privileges.SIGNAL_EVENTS), this::signal));
	}

	private HvStatus post(GuestInvocation call) {
		int type = call.input.get(JAVA_INT_UNALIGNED, TYPE_AT);
		int size = call.input.get(JAVA_INT_UNALIGNED, PAYLOAD_SIZE_AT);
		if (call.input.get(JAVA_INT_UNALIGNED, 4) != 0 || (type & Message.HYPERVISOR_TYPE) != 0 || type == 0 || size < 0
				|| size > Message.MAX_PAYLOAD) {
			return HvStatus.INVALID_PARAMETER;
		}
		byte[] payload = call.input.asSlice(PAYLOAD_AT, size).toArray(JAVA_BYTE);
		return caller.post(call.input.get(JAVA_INT_UNALIGNED, 0), type, payload);
	}

	private HvStatus signal(GuestInvocation call) {
		if (call.input.get(JAVA_SHORT_UNALIGNED, 6) != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		return caller.signal(call.input.get(JAVA_INT_UNALIGNED, 0), call.input.get(JAVA_SHORT_UNALIGNED, 4) & 0xFFFF);
	}
}
