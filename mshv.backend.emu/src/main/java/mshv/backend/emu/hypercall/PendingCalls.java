package mshv.backend.emu.hypercall;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

import mshv.api.HvStatus;
import mshv.backend.emu.partition.Partition;

/** Calls that answer CALL_PENDING: one of a partition at a time, on a thread of its own; the root is told of its end. Any thread. */
public final class PendingCalls implements AutoCloseable {
	private final RootSynic synic;
	private final Set<Long> partitions = ConcurrentHashMap.newKeySet();
	private final ExecutorService threads =
		Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().name("mshv-emu-pending").factory());

	/** @param synic of the root, which tells it */
	public PendingCalls(RootSynic synic) {
		this.synic = synic;
	}

	/** Begins a call.
	 * @return CALL_PENDING, or OBJECT_IN_USE if the partition has one under way */
	HvStatus begin(Partition partition, Supplier<HvStatus> call) {
		long id = partition.id();
		if (!partitions.add(id)) {
			return HvStatus.OBJECT_IN_USE;
		}
		try {
			threads.execute(() -> {
				HvStatus status = HvStatus.OPERATION_FAILED;
				try {
					status = call.get();
				} finally {
					partitions.remove(id);
					synic.completed(id, status);
				}
			});
		} catch (RejectedExecutionException e) {
			// The hypervisor ends
			partitions.remove(id);
			return HvStatus.INVALID_PARTITION_ID;
		}
		return HvStatus.CALL_PENDING;
	}

	/** Waits for the calls that are under way; there are no more. */
	@Override
	public void close() {
		threads.close();
	}
}
