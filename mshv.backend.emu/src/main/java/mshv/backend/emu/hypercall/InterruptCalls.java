package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Function;

import mshv.api.HvStatus;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.abi.SignalEventDirectInput;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.VirtualProcessor;
import mshv.backend.emu.synic.Message;
import mshv.backend.emu.synic.Synic;

/** Calls about interrupts of guests. */
final class InterruptCalls {
	private static final int LEVEL = 1, LOGICAL = 2;
	/** Offsets in HV_MESSAGE. */
	private static final int MESSAGE_PAYLOAD_SIZE = 4, MESSAGE_ORIGIN = 8, MESSAGE_PAYLOAD = 16;

	private final PartitionTable partitions;

	InterruptCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.ASSERT_VIRTUAL_INTERRUPT, Call.simple(AssertVirtualInterruptInput.SIZE, 0, this::assertInterrupt));
		table.add(CallCode.CLEAR_VIRTUAL_INTERRUPT, Call.simple(Long.BYTES, 0, this::clearInterrupt));
		table.add(CallCode.SIGNAL_EVENT_DIRECT, Call.simple(SignalEventDirectInput.SIZE, Long.BYTES, this::signalEvent));
		table.add(CallCode.POST_MESSAGE_DIRECT, Call.simple(PostMessageDirectInput.SIZE, 0, this::postMessage));
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

	private HvStatus clearInterrupt(Invocation call) {
		long id = call.input.get(JAVA_LONG_UNALIGNED, 0);
		Partition partition = partitions.find(id);
		if (partition == null) {
			return partitions.refusal(id);
		}
		partition.clearExternalInterrupt();
		return HvStatus.SUCCESS;
	}

	private HvStatus signalEvent(Invocation call) {
		SignalEventDirectInput input = SignalEventDirectInput.decode(call.input);
		if (!VtlInput.valid(input.vtl()) || input.sint() >= SyntheticMsr.SINT_COUNT || input.flag() >= Synic.FLAG_COUNT) {
			return HvStatus.INVALID_PARAMETER;
		}
		HvStatus status = withSynic(input.partitionId(), input.vpIndex(), synic -> synic.signal(input.sint(), input.flag()));
		if (status != HvStatus.SUCCESS && status != HvStatus.NO_DATA) {
			return status;
		}
		call.output.set(JAVA_LONG_UNALIGNED, 0, status == HvStatus.SUCCESS ? 1 : 0);
		return HvStatus.SUCCESS;
	}

	private HvStatus postMessage(Invocation call) {
		PostMessageDirectInput input = PostMessageDirectInput.decode(call.input);
		MemorySegment message = MemorySegment.ofArray(input.message());
		int size = message.get(JAVA_BYTE, MESSAGE_PAYLOAD_SIZE) & 0xFF;
		if (!PostMessageDirectInput.reservedIsZero(call.input) || !VtlInput.valid(input.vtl()) || input.sint() < 0
				|| input.sint() >= SyntheticMsr.SINT_COUNT || size > Message.MAX_PAYLOAD) {
			return HvStatus.INVALID_PARAMETER;
		}
		byte[] payload = Arrays.copyOfRange(input.message(), MESSAGE_PAYLOAD, MESSAGE_PAYLOAD + size);
		int type = message.get(JAVA_INT_UNALIGNED, 0);
		long origin = message.get(JAVA_LONG_UNALIGNED, MESSAGE_ORIGIN);
		return withSynic(input.partitionId(), input.vpIndex(), synic -> synic.post(input.sint(), new Message(type, origin, payload)));
	}

	private HvStatus withSynic(long id, int index, Function<Synic, HvStatus> action) {
		Partition partition = partitions.find(id);
		if (partition == null) {
			return partitions.refusal(id);
		}
		VirtualProcessor processor = partition.processor(index);
		return processor == null ? HvStatus.INVALID_VP_INDEX : action.apply(processor.synic().synic());
	}
}
