package mshv.backend.emu.hypercall;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

import mshv.api.HvStatus;
import mshv.api.abi.MonitorPage;
import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * The channels of monitored notifications of all partitions. Their pages are looked at on the hypervisor's thread; without a channel
 * nothing is done. Any thread.
 */
final class NotificationChannels implements AutoCloseable {
	/** Time that the thread is left to others after an inspection, as a multiple of what that took, and at most in nanoseconds. */
	private static final long REST = 9, LONGEST_REST = 100_000_000;

	private final PartitionTable partitions;
	private final TimerQueue thread;
	private final List<NotificationChannel> open = new CopyOnWriteArrayList<>();
	/** Channels that are stopped, whose pages processors may still use for some instructions. Guarded by itself. */
	private final List<NotificationChannel> stopped = new ArrayList<>();

	NotificationChannels(PartitionTable partitions, TimerQueue thread) {
		this.partitions = partitions;
		this.thread = thread;
	}

	/** @param partition id of a partition, or of the root, whose memory is its process's
	 * @return SUCCESS if a page may be at this address; INVALID_ALIGNMENT, INVALID_PARAMETER */
	static HvStatus checkAddress(long partition, long address) {
		if ((address & MonitorPage.SIZE - 1) != 0) {
			return HvStatus.INVALID_ALIGNMENT;
		}
		boolean exists = PartitionTable.isRoot(partition) ? RootSynic.validAddress(address) : (address & ~PhysicalMemory.ADDRESS_MASK) == 0;
		return exists ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
	}

	/** Connects a partition to a monitor port.
	 * @param partition id of the partition
	 * @param connection id of the connection
	 * @param address guest-physical address of the page in that partition, one that is {@linkplain #checkAddress checked} */
	HvStatus connect(long partition, int connection, Port port, long address) {
		NotificationChannel channel = new NotificationChannel(port, partition, address);
		HvStatus status = partitions.ports().connect(partition, connection, new Connection(port, null, channel), () -> start(channel));
		if (status != HvStatus.SUCCESS) {
			stop(channel);
			release();
		}
		return status;
	}

	/** With the lock of the ports. */
	private HvStatus start(NotificationChannel channel) {
		Port port = channel.port();
		if (partitions.ports().find(port.owner(), port.id()) != port) {
			return HvStatus.INVALID_PORT_ID;
		}
		if (open.stream().anyMatch(other -> other.port() == port)) {
			return HvStatus.OBJECT_IN_USE;
		}
		HvStatus status = channel.show(partitions);
		if (status == HvStatus.SUCCESS) {
			open.add(channel);
			thread.schedule(() -> inspect(channel), 0);
		}
		return status;
	}

	private void inspect(NotificationChannel channel) {
		long start = System.nanoTime();
		long next = channel.inspect((connection, flag) -> partitions.connections().signalFor(channel.sender(), connection, flag));
		if (next >= 0) {
			long rest = Math.min(REST * (System.nanoTime() - start), LONGEST_REST);
			thread.schedule(() -> inspect(channel), Math.max(next, rest));
		}
	}

	/** Ends channels, after their ports or connections have been removed. When this returns, an inspection that may have found what was
	 * removed is over, and these channels send no more. Without the lock of the ports. */
	void end(Predicate<NotificationChannel> which) {
		for (NotificationChannel channel : open) {
			if (which.test(channel)) {
				stop(channel);
			} else {
				channel.awaitInspection();
			}
		}
		release();
	}

	private void stop(NotificationChannel channel) {
		if (channel.stop()) {
			open.remove(channel);
			synchronized (stopped) {
				stopped.add(channel);
			}
		}
	}

	private void release() {
		synchronized (stopped) {
			stopped.removeIf(NotificationChannel::release);
		}
	}

	/** Ends all channels, when there are no partitions any more. */
	@Override
	public void close() {
		end(_ -> true);
	}
}
