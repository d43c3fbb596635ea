package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.SystemPropertyInput;

/** Calls about the hypervisor as a whole. */
final class SystemCalls {
	private static final int SCHEDULER_TYPE = 15;
	/** The root decides when processors run, and lends its threads to them. */
	private static final int SCHEDULER_ROOT = 4;

	private SystemCalls() {}

	static void register(CallTable table) {
		table.add(CallCode.GET_SYSTEM_PROPERTY, Call.simple(SystemPropertyInput.SIZE, Integer.BYTES, SystemCalls::getProperty));
	}

	private static HvStatus getProperty(Invocation call) {
		SystemPropertyInput input = SystemPropertyInput.decode(call.input);
		if (!SystemPropertyInput.reservedIsZero(call.input) || input.argument() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (input.property() != SCHEDULER_TYPE) {
			return HvStatus.UNKNOWN_PROPERTY;
		}
		call.output.set(JAVA_INT_UNALIGNED, 0, SCHEDULER_ROOT);
		return HvStatus.SUCCESS;
	}
}
