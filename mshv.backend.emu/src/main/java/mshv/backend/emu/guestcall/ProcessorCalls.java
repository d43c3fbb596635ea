package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Map;

import mshv.api.HvStatus;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.VpRegistersInput;
import mshv.backend.emu.guest.Privileges;
import mshv.backend.emu.guest.SyntheticFeatures;

/** Calls about the guest's own processors: registers, start, indexes; and the one that asks for extended calls. */
final class ProcessorCalls {
	private static final long SELF_PARTITION = -1;
	/** HV_VP_INDEX_SELF. */
	private static final int SELF = 0xFFFFFFFE;
	/** Bit of HV_INPUT_VTL: the level is given. */
	private static final int USE_TARGET = 0x10;
	private static final int NAME_SIZE = 4, VALUE_SIZE = 16, INDEX_SIZE = 4;
	private static final int START_SIZE = 16 + StartContext.SIZE, APIC_IDS_SIZE = 16;

	private final Caller caller;

	ProcessorCalls(Caller caller) {
		this.caller = caller;
	}

	void register(Map<Integer, GuestCall> calls) {
		calls.put(GuestCallCode.GET_VP_REGISTERS, GuestCall.repeated(VpRegistersInput.SIZE, NAME_SIZE, VALUE_SIZE, false,
			guest -> guest.may(Privileges.VP_REGISTERS), this::getRegisters));
		calls.put(GuestCallCode.SET_VP_REGISTERS, GuestCall.repeated(VpRegistersInput.SIZE, RegisterAssociation.SIZE, 0, false,
			guest -> guest.may(Privileges.VP_REGISTERS), this::setRegisters));
		calls.put(GuestCallCode.START_VIRTUAL_PROCESSOR,
			GuestCall.simple(START_SIZE, 0, guest -> guest.may(Privileges.START_PROCESSOR), this::start));
		calls.put(GuestCallCode.GET_VP_INDEX_FROM_APIC_ID, GuestCall.repeated(APIC_IDS_SIZE, INDEX_SIZE, INDEX_SIZE, false,
			guest -> guest.features().apic() && guest.offers(SyntheticFeatures.VP_INDEX), this::indexes));
		calls.put(GuestCallCode.QUERY_CAPABILITIES,
			GuestCall.simple(0, Long.BYTES, guest -> guest.may(Privileges.EXTENDED_HYPERCALLS), ProcessorCalls::capabilities));
	}

	private static boolean validLevel(int level) {
		return (level & ~USE_TARGET) == 0;
	}

	/** @return SUCCESS if the input of a call about registers names the calling processor */
	private HvStatus target(GuestInvocation call) {
		VpRegistersInput input = VpRegistersInput.decode(call.input);
		if (!VpRegistersInput.reservedIsZero(call.input) || !validLevel(input.inputVtl())) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (input.partitionId() != SELF_PARTITION) {
			return HvStatus.ACCESS_DENIED;
		}
		return input.vpIndex() == SELF || input.vpIndex() == caller.index() ? HvStatus.SUCCESS : HvStatus.INVALID_VP_INDEX;
	}

	private HvStatus getRegisters(GuestInvocation call) {
		HvStatus status = target(call);
		if (status != HvStatus.SUCCESS) {
			return status;
		}
		for (; call.completed < call.count; call.completed++) {
			if (!caller.readRegister(call.input.get(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + (long) NAME_SIZE * call.completed))) {
				return HvStatus.INVALID_PARAMETER;
			}
			long at = (long) VALUE_SIZE * call.completed;
			call.output.set(JAVA_LONG_UNALIGNED, at, caller.low());
			call.output.set(JAVA_LONG_UNALIGNED, at + Long.BYTES, caller.high());
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus setRegisters(GuestInvocation call) {
		HvStatus status = target(call);
		for (; status == HvStatus.SUCCESS && call.completed < call.count; call.completed++) {
			MemorySegment at = call.input.asSlice(VpRegistersInput.SIZE + (long) RegisterAssociation.SIZE * call.completed,
				RegisterAssociation.SIZE);
			if (!RegisterAssociation.reservedIsZero(at)) {
				return HvStatus.INVALID_PARAMETER;
			}
			RegisterAssociation register = RegisterAssociation.decode(at);
			status = caller.writeRegister(register.name(), register.low(), register.high());
			if (status != HvStatus.SUCCESS) {
				return status;
			}
		}
		return status;
	}

	private HvStatus start(GuestInvocation call) {
		if (call.input.get(JAVA_LONG_UNALIGNED, 0) != SELF_PARTITION) {
			return HvStatus.ACCESS_DENIED;
		}
		// Level 0, and reserved bytes
		return call.input.get(JAVA_INT_UNALIGNED, 12) != 0 ? HvStatus.INVALID_PARAMETER
			: caller.start(call.input.get(JAVA_INT_UNALIGNED, 8), StartContext.decode(call.input, 16));
	}

	private HvStatus indexes(GuestInvocation call) {
		if (call.input.get(JAVA_LONG_UNALIGNED, 0) != SELF_PARTITION) {
			return HvStatus.ACCESS_DENIED;
		}
		if (!validLevel(call.input.get(JAVA_BYTE, 8)) || call.input.get(JAVA_LONG_UNALIGNED, 8) >>> 8 != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		for (; call.completed < call.count; call.completed++) {
			int id = call.input.get(JAVA_INT_UNALIGNED, APIC_IDS_SIZE + (long) INDEX_SIZE * call.completed);
			int index = caller.indexOf(id & 0xFFFFFFFFL);
			if (index < 0) {
				return HvStatus.INVALID_PARAMETER;
			}
			call.output.set(JAVA_INT_UNALIGNED, (long) INDEX_SIZE * call.completed, index);
		}
		return HvStatus.SUCCESS;
	}

	/** There are no extended calls but this one. */
	private static HvStatus capabilities(GuestInvocation call) {
		call.output.set(JAVA_LONG_UNALIGNED, 0, 0);
		return HvStatus.SUCCESS;
	}
}
