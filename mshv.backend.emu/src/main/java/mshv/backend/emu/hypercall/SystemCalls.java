package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.SystemPropertyInput;

/** Calls about the hypervisor as a whole. */
final class SystemCalls {
	private static final int SCHEDULER_TYPE = 15;

	private final int schedulerType;

	/** @param schedulerType HV_SCHEDULER_TYPE */
	SystemCalls(int schedulerType) {
		this.schedulerType = schedulerType;
	}

	void register(CallTable table) {
		table.add(CallCode.GET_SYSTEM_PROPERTY, Call.simple(SystemPropertyInput.SIZE, Integer.BYTES, this::getProperty));
	}

	private HvStatus getProperty(Invocation call) {
		SystemPropertyInput input = SystemPropertyInput.decode(call.input);
		if (!SystemPropertyInput.reservedIsZero(call.input) || input.argument() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (input.property() != SCHEDULER_TYPE) {
			return HvStatus.UNKNOWN_PROPERTY;
		}
		call.output.set(JAVA_INT_UNALIGNED, 0, schedulerType);
		return HvStatus.SUCCESS;
	}
}
