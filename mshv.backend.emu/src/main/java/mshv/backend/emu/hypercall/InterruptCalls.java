package mshv.backend.emu.hypercall;

import mshv.api.HvStatus;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.backend.emu.partition.Partition;

/** Calls about interrupts of guests. */
final class InterruptCalls {
	private static final int LEVEL = 1, LOGICAL = 2;

	private final PartitionTable partitions;

	InterruptCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.ASSERT_VIRTUAL_INTERRUPT, Call.simple(AssertVirtualInterruptInput.SIZE, 0, this::assertInterrupt));
	}

	private HvStatus assertInterrupt(Invocation call) {
		AssertVirtualInterruptInput input = AssertVirtualInterruptInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		if (!AssertVirtualInterruptInput.reservedIsZero(call.input) || (input.flags() & ~(LEVEL | LOGICAL)) != 0
				|| !VtlInput.valid(input.targetVtl())) {
			return HvStatus.INVALID_PARAMETER;
		}
		return partition.assertInterrupt(input.type(), input.vector(), input.destination(), (input.flags() & LEVEL) != 0,
			(input.flags() & LOGICAL) != 0);
	}
}
