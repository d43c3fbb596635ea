package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.util.Map;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.SyntheticFeatures;

/** Calls that send interrupts to sets of processors (HvCallSendSyntheticClusterIpi), and the one of a processor that spins. */
final class InterruptCalls {
	private static final int SIZE = 16, EXTENDED_SIZE = 8 + VpSet.HEADER_SIZE, SPIN_SIZE = 8;
	private static final int TARGET_AT = 4, PROCESSORS_AT = 8;
	private static final int LOWEST_VECTOR = 16, HIGHEST_VECTOR = 255;

	private final Caller caller;

	InterruptCalls(Caller caller) {
		this.caller = caller;
	}

	void register(Map<Integer, GuestCall> calls) {
		calls.put(GuestCallCode.SEND_SYNTHETIC_CLUSTER_IPI,
			GuestCall.simple(SIZE, 0, guest -> guest.features().apic() && guest.offers(SyntheticFeatures.CLUSTER_INTERRUPTS),
				call -> send(call, VpSet.of(call.input.get(JAVA_LONG_UNALIGNED, PROCESSORS_AT)))));
		calls.put(GuestCallCode.SEND_SYNTHETIC_CLUSTER_IPI_EX,
			GuestCall.variable(EXTENDED_SIZE,
				guest -> guest.features().apic()
					&& guest.offers(SyntheticFeatures.CLUSTER_INTERRUPTS | SyntheticFeatures.EXTENDED_PROCESSOR_MASKS),
				call -> send(call, VpSet.decode(call.input, PROCESSORS_AT, call.variableHeader))));
		calls.put(GuestCallCode.NOTIFY_LONG_SPIN_WAIT,
			GuestCall.simple(SPIN_SIZE, 0, guest -> guest.offers(SyntheticFeatures.LONG_SPIN_WAIT), _ -> spin()));
	}

	private HvStatus send(GuestInvocation call, VpSet targets) {
		int vector = call.input.get(JAVA_INT_UNALIGNED, 0);
		// There is one trust level, 0, and the bytes after it are reserved
		if (vector < LOWEST_VECTOR || vector > HIGHEST_VECTOR || call.input.get(JAVA_INT_UNALIGNED, TARGET_AT) != 0 || targets == null) {
			return HvStatus.INVALID_PARAMETER;
		}
		caller.interrupt(targets.indexes(), vector);
		return HvStatus.SUCCESS;
	}

	/** The thread of the processor that holds the lock may be waiting for this one's. */
	private static HvStatus spin() {
		Thread.yield();
		return HvStatus.SUCCESS;
	}
}
