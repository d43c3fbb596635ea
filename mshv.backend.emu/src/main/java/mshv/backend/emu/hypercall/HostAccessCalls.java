package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.SparsePageAccessInput;
import mshv.backend.emu.partition.Partition;

/** Calls about pages that the root gives to a partition alone, and takes back. */
final class HostAccessCalls {
	private static final int MAKE_EXCLUSIVE = 1, MAKE_SHARED = 2, LARGE_PAGE = 4;
	private static final int READABLE = 1, WRITABLE = 2;
	private static final int LARGE = 512;
	/** Page numbers of user space end here. */
	private static final long LAST_PAGE = (1L << 35) - 1;

	private final PartitionTable partitions;

	HostAccessCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS,
			Call.repeated(SparsePageAccessInput.SIZE, Long.BYTES, 0, this::acquire));
		table.add(CallCode.RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS,
			Call.repeated(SparsePageAccessInput.SIZE, Long.BYTES, 0, this::release));
	}

	/** What is done with one page. @return false if it cannot be */
	@FunctionalInterface
	private interface PageAction {
		boolean apply(long page);
	}

	private HvStatus acquire(Invocation call) {
		SparsePageAccessInput input = SparsePageAccessInput.decode(call.input);
		boolean valid = (input.flags() & ~LARGE_PAGE) == MAKE_SHARED && (input.hostAccess() & ~(READABLE | WRITABLE)) == 0
			&& (input.hostAccess() & READABLE) != 0 && input.partitionId() == 0;
		return valid ? forEach(call, input.flags(), page -> {
			partitions.hostAccess().acquire(page);
			return true;
		}) : HvStatus.INVALID_PARAMETER;
	}

	private HvStatus release(Invocation call) {
		SparsePageAccessInput input = SparsePageAccessInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		boolean valid = (input.flags() & ~LARGE_PAGE) == MAKE_EXCLUSIVE && input.hostAccess() == 0;
		return valid ? forEach(call, input.flags(), page -> partitions.hostAccess().release(page, partition.id()))
			: HvStatus.INVALID_PARAMETER;
	}

	private static HvStatus forEach(Invocation call, int flags, PageAction action) {
		int unit = (flags & LARGE_PAGE) != 0 ? LARGE : 1;
		for (; call.completed < call.count; call.completed++) {
			long page = call.input.get(JAVA_LONG_UNALIGNED, SparsePageAccessInput.SIZE + 8L * call.completed);
			if (page <= 0 || page > LAST_PAGE - unit || (page & unit - 1) != 0) {
				return HvStatus.INVALID_PARAMETER;
			}
			for (int i = 0; i < unit; i++) {
				if (!action.apply(page + i)) {
					return HvStatus.ACCESS_DENIED;
				}
			}
		}
		return HvStatus.SUCCESS;
	}
}
