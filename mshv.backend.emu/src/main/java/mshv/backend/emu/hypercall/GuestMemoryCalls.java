package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.PageAccessStatesInput;
import mshv.api.abi.ReadGpaInput;
import mshv.api.abi.WriteGpaInput;
import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.VirtualProcessor;

/** Calls about what is in guest memory and what the guest has done with it. */
final class GuestMemoryCalls {
	private static final int READ_OUTPUT = 24, WRITE_OUTPUT = 8;
	private static final int DATA_IN_OUTPUT = 8, DATA_IN_INPUT = 32;
	private static final int PAGE_SIZE = 4096;
	/** Cache types are 0 to 7, but for 2 and 3. */
	private static final long CACHE_TYPES = 0xF3;

	private final PartitionTable partitions;

	GuestMemoryCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.READ_GPA, Call.simple(ReadGpaInput.SIZE, READ_OUTPUT, this::read));
		table.add(CallCode.WRITE_GPA, Call.simple(WriteGpaInput.SIZE, WRITE_OUTPUT, this::write));
		table.add(CallCode.GET_GPA_PAGES_ACCESS_STATES, Call.repeated(PageAccessStatesInput.SIZE, 0, 1, this::accessStates));
	}

	/** What a call does with the processor that its input names. */
	@FunctionalInterface
	private interface Access {
		GpaAccess.Result make(VirtualProcessor processor);
	}

	private HvStatus access(Invocation call, long id, int vp, int count, long address, long control, Access access) {
		Partition partition = partitions.find(id);
		if (partition == null) {
			return partitions.refusal(id);
		}
		VirtualProcessor processor = partition.processor(vp);
		if (processor == null) {
			return HvStatus.INVALID_VP_INDEX;
		}
		boolean valid = count >= 1 && count <= GpaAccess.MAX_SIZE && (address & PAGE_SIZE - 1) + count <= PAGE_SIZE
			&& control >= 0 && control < 8 && (CACHE_TYPES >> control & 1) != 0 && Partition.validPages(address >>> 12, 1);
		if (!valid) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (!processor.borrow()) {
			return HvStatus.INVALID_VP_INDEX;
		}
		try {
			call.output.fill((byte) 0);
			call.output.set(JAVA_INT_UNALIGNED, 0, access.make(processor).ordinal());
			return HvStatus.SUCCESS;
		} finally {
			processor.giveBack();
		}
	}

	private HvStatus read(Invocation call) {
		ReadGpaInput input = ReadGpaInput.decode(call.input);
		return access(call, input.partitionId(), input.vpIndex(), input.byteCount(), input.address(), input.control(),
			processor -> processor.readGpa(input.address(), input.byteCount(), call.output.address() + DATA_IN_OUTPUT));
	}

	private HvStatus write(Invocation call) {
		WriteGpaInput input = WriteGpaInput.decode(call.input);
		return access(call, input.partitionId(), input.vpIndex(), input.byteCount(), input.address(), input.control(),
			processor -> processor.writeGpa(input.address(), input.byteCount(), call.input.address() + DATA_IN_INPUT));
	}

	private HvStatus accessStates(Invocation call) {
		PageAccessStatesInput input = PageAccessStatesInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		int flags = (int) input.flags();
		boolean valid = input.flags() == (flags & 0xF) && !contradicts(flags, AccessLog.CLEAR_ACCESSED | AccessLog.SET_ACCESSED)
			&& !contradicts(flags, AccessLog.CLEAR_DIRTY | AccessLog.SET_DIRTY) && Partition.validPages(input.firstPage(), call.count);
		if (!valid) {
			return HvStatus.INVALID_PARAMETER;
		}
		return partition.accessStates(flags != 0, () -> {
			for (; call.completed < call.count; call.completed++) {
				call.output.set(JAVA_BYTE, call.completed, (byte) partition.accessState(input.firstPage() + call.completed, flags));
			}
			return HvStatus.SUCCESS;
		});
	}

	private static boolean contradicts(int flags, int both) {
		return (flags & both) == both;
	}
}
