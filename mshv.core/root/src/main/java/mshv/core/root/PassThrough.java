package mshv.core.root;

import java.util.Locale;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.CallCode;

/** Hypercalls that users make themselves (MSHV_ROOT_HVCALL): which handle may make which. */
final class PassThrough {
	/** The handle that a call is made on. */
	enum Handle {
		/** The device: what is asked is about the host. */
		DEVICE,
		/** A partition. */
		PARTITION,
		/** A processor. */
		PROCESSOR
	}

	private final Hypercalls calls;

	PassThrough(Hypercalls calls) {
		this.calls = calls;
	}

	/** Makes a call that is not completed later.
	 * @throws HypervisorException (EINVAL) if the handle may not make it, (EBADFD) if the hypervisor would complete it later */
	PassThroughResult make(Handle handle, long target, PassThroughCall call) {
		check(handle, call);
		PassThroughResult result = calls.client().passThrough(target, call);
		if (result.status() == HvStatus.CALL_PENDING.code()) {
			throw new HypervisorException(name(call) + " is pending, and nobody can wait for it", Errno.EBADFD);
		}
		return result;
	}

	/** Makes a call that may be completed later, and then waits for that. */
	PassThroughResult makeAsynchronous(long target, PassThroughCall call, AsyncCall asyncCall) {
		check(Handle.PARTITION, call);
		PassThroughResult[] result = new PassThroughResult[1];
		HvStatus completion = asyncCall.await(() -> {
			result[0] = calls.client().passThrough(target, call);
			return result[0].status() == HvStatus.CALL_PENDING.code();
		});
		return completion == null ? result[0] : new PassThroughResult(completion.code(), result[0].reps(), new byte[0]);
	}

	/** @return whether the hypervisor may complete the call later */
	static boolean asynchronous(PassThroughCall call) {
		return call.code() == CallCode.SET_PARTITION_PROPERTY;
	}

	private static void check(Handle handle, PassThroughCall call) {
		int input = call.input().length;
		if (input < Long.BYTES || input > PassThroughCall.MAX_SIZE) {
			throw refused(call, "input of " + input + " bytes");
		}
		if (call.outputSize() < 0 || call.outputSize() > PassThroughCall.MAX_SIZE) {
			throw refused(call, "output of " + call.outputSize() + " bytes");
		}
		if (call.reps() < 0 || call.reps() > 0xFFFF) {
			throw refused(call, call.reps() + " repetitions");
		}
		if (!listed(handle, call.code())) {
			throw refused(call, "not for a " + handle.name().toLowerCase(Locale.ROOT));
		}
	}

	private static boolean listed(Handle handle, int code) {
		return switch (code) {
			case CallCode.GET_PARTITION_PROPERTY -> true;
			case CallCode.GET_PARTITION_PROPERTY_EX -> handle == Handle.DEVICE;
			case CallCode.SET_PARTITION_PROPERTY -> handle == Handle.PARTITION;
			case CallCode.INSTALL_INTERCEPT, CallCode.GET_VP_REGISTERS, CallCode.SET_VP_REGISTERS, CallCode.TRANSLATE_VIRTUAL_ADDRESS,
				CallCode.CLEAR_VIRTUAL_INTERRUPT, CallCode.REGISTER_INTERCEPT_RESULT, CallCode.ASSERT_VIRTUAL_INTERRUPT,
				CallCode.SIGNAL_EVENT_DIRECT, CallCode.POST_MESSAGE_DIRECT, CallCode.GET_GPA_PAGES_ACCESS_STATES,
				CallCode.GET_VP_CPUID_VALUES -> handle != Handle.DEVICE;
			default -> false;
		};
	}

	private static HypervisorException refused(PassThroughCall call, String reason) {
		return new HypervisorException(name(call) + ": " + reason, Errno.EINVAL);
	}

	private static String name(PassThroughCall call) {
		return "hypercall 0x" + Integer.toHexString(call.code());
	}
}
