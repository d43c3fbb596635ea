package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.DepositMemoryInput;
import mshv.api.abi.MapFlag;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.UnmapGpaPagesInput;
import mshv.api.abi.WithdrawMemoryInput;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.partition.MemoryPool;
import mshv.backend.emu.partition.Partition;

/** Calls about memory: pools of pages, and guest memory. */
final class MemoryCalls {
	/** For latency: most small pages that one call maps or unmaps before it returns to be continued. */
	private static final int SMALL_PAGES_A_CALL = 512;
	/** For latency: most large pages that one call maps or unmaps; each is 512 entries. */
	private static final int LARGE_PAGES_A_CALL = 16;
	private static final int LARGE_PAGE = 512;
	private static final int UNMAP_LARGE_PAGE = 2;
	private static final int EXECUTABLE = MapFlag.KERNEL_EXECUTABLE | MapFlag.USER_EXECUTABLE;
	private static final int RIGHTS = MapFlag.READABLE | MapFlag.WRITABLE | EXECUTABLE;
	private static final int MAP_FLAGS = RIGHTS | MapFlag.ADJUSTABLE | MapFlag.NO_ACCESS | MapFlag.NOT_CACHED | MapFlag.LARGE_PAGE;
	/** Page numbers of user space end here. */
	private static final long LAST_PAGE = (1L << 35) - 1;

	private final PartitionTable partitions;

	MemoryCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.DEPOSIT_MEMORY, Call.repeated(DepositMemoryInput.SIZE, Long.BYTES, 0, this::deposit));
		table.add(CallCode.WITHDRAW_MEMORY, Call.repeated(WithdrawMemoryInput.SIZE, 0, Long.BYTES, this::withdraw));
		table.add(CallCode.MAP_GPA_PAGES, Call.repeated(MapGpaPagesInput.SIZE, Long.BYTES, 0, this::map));
		table.add(CallCode.UNMAP_GPA_PAGES, Call.repeated(UnmapGpaPagesInput.SIZE, 0, 0, this::unmap));
	}

	private static long element(MemorySegment list, int offset, int index) {
		return list.get(JAVA_LONG_UNALIGNED, offset + 8L * index);
	}

	private HvStatus deposit(Invocation call) {
		long id = DepositMemoryInput.decode(call.input).partitionId();
		MemoryPool pool = partitions.pool(id);
		if (pool == null) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		for (; call.completed < call.count; call.completed++) {
			if (!pool.deposit(element(call.input, DepositMemoryInput.SIZE, call.completed))) {
				return HvStatus.INVALID_PARAMETER;
			}
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus withdraw(Invocation call) {
		MemoryPool pool = partitions.pool(WithdrawMemoryInput.decode(call.input).partitionId());
		if (pool == null) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		for (; call.completed < call.count; call.completed++) {
			long page = pool.withdraw();
			if (page == 0) {
				return HvStatus.NO_RESOURCES;
			}
			call.output.set(JAVA_LONG_UNALIGNED, 8L * call.completed, page);
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus map(Invocation call) {
		MapGpaPagesInput input = MapGpaPagesInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		int flags = input.mapFlags();
		boolean large = (flags & MapFlag.LARGE_PAGE) != 0;
		int unit = large ? LARGE_PAGE : 1;
		if (!MapGpaPagesInput.reservedIsZero(call.input) || (flags & ~MAP_FLAGS) != 0 || !validRights(flags)
				|| !validRange(partition, input.targetPage(), call.count, large)) {
			return HvStatus.INVALID_PARAMETER;
		}
		long rights = rights(flags);
		return partition.changeMemory(() -> {
			int end = Math.min(call.count, call.completed + (large ? LARGE_PAGES_A_CALL : SMALL_PAGES_A_CALL));
			for (; call.completed < end; call.completed++) {
				long hostPage = element(call.input, MapGpaPagesInput.SIZE, call.completed);
				if (hostPage <= 0 || hostPage > LAST_PAGE - unit || large && (hostPage & LARGE_PAGE - 1) != 0) {
					return HvStatus.INVALID_PARAMETER;
				}
				if (partitions.hostAccess().belongsToAnother(hostPage, unit, partition.id())) {
					return HvStatus.ACCESS_DENIED;
				}
				HvStatus status = partition.map(input.targetPage() + (long) call.completed * unit, hostPage, unit, rights);
				if (status != HvStatus.SUCCESS) {
					return status;
				}
			}
			return HvStatus.SUCCESS;
		});
	}

	private static boolean validRange(Partition partition, long page, int count, boolean large) {
		if (large && (!partition.largePages() || (page & LARGE_PAGE - 1) != 0)) {
			return false;
		}
		return Partition.validPages(page, (long) count * (large ? LARGE_PAGE : 1));
	}

	/** What page tables can express: no page that is written or executed but not read, none with and without access. */
	private static boolean validRights(int flags) {
		int execute = flags & EXECUTABLE;
		if ((flags & MapFlag.NO_ACCESS) != 0) {
			return (flags & RIGHTS) == 0;
		}
		// Kernel and user code are not told apart
		return (flags & MapFlag.READABLE) != 0 && (execute == 0 || execute == EXECUTABLE);
	}

	private static long rights(int flags) {
		return ((flags & MapFlag.READABLE) != 0 ? PhysicalMemory.READ : 0) | ((flags & MapFlag.WRITABLE) != 0 ? PhysicalMemory.WRITE : 0)
			| ((flags & EXECUTABLE) != 0 ? PhysicalMemory.EXECUTE : 0);
	}

	private HvStatus unmap(Invocation call) {
		UnmapGpaPagesInput input = UnmapGpaPagesInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		boolean large = (input.unmapFlags() & UNMAP_LARGE_PAGE) != 0;
		int unit = large ? LARGE_PAGE : 1;
		if (!UnmapGpaPagesInput.reservedIsZero(call.input) || (input.unmapFlags() & ~UNMAP_LARGE_PAGE) != 0
				|| !validRange(partition, input.targetPage(), call.count, large)) {
			return HvStatus.INVALID_PARAMETER;
		}
		return partition.changeMemory(() -> {
			int end = Math.min(call.count, call.completed + (large ? LARGE_PAGES_A_CALL : SMALL_PAGES_A_CALL));
			for (; call.completed < end; call.completed++) {
				partition.unmap(input.targetPage() + (long) call.completed * unit, unit);
			}
			return HvStatus.SUCCESS;
		});
	}
}
