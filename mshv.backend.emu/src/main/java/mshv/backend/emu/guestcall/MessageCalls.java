package mshv.backend.emu.guestcall;

import java.util.Arrays;
import java.util.Map;

import mshv.api.HvStatus;
import mshv.api.abi.PostMessageInput;
import mshv.api.abi.SignalEventInput;
import mshv.backend.emu.guest.Privileges;
import mshv.backend.emu.synic.Message;

/** Calls that send through a connection (HvCallPostMessage, HvCallSignalEvent). */
final class MessageCalls {
	private final Caller caller;

	MessageCalls(Caller caller) {
		this.caller = caller;
	}

	void register(Map<Integer, GuestCall> calls) {
		calls.put(GuestCallCode.POST_MESSAGE,
			GuestCall.simple(PostMessageInput.SIZE, 0, guest -> guest.may(Privileges.POST_MESSAGES), this::post));
		calls.put(GuestCallCode.SIGNAL_EVENT,
			GuestCall.simple(SignalEventInput.SIZE, 0, guest -> guest.may(Privileges.SIGNAL_EVENTS), this::signal));
	}

	private HvStatus post(GuestInvocation call) {
		PostMessageInput input = PostMessageInput.decode(call.input);
		if (!PostMessageInput.reservedIsZero(call.input) || !Message.sendable(input.messageType(), input.payloadSize())) {
			return HvStatus.INVALID_PARAMETER;
		}
		return caller.post(input.connectionId(), input.messageType(), Arrays.copyOf(input.payload(), input.payloadSize()));
	}

	private HvStatus signal(GuestInvocation call) {
		SignalEventInput input = SignalEventInput.decode(call.input);
		return SignalEventInput.reservedIsZero(call.input) ? caller.signal(input.connectionId(), input.flag()) : HvStatus.INVALID_PARAMETER;
	}
}
