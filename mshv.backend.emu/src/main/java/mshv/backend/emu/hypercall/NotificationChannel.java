package mshv.backend.emu.hypercall;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

import mshv.api.HvStatus;
import mshv.api.abi.MonitorPage;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.synic.MonitoredTriggers;

/**
 * A monitor port with the one connection that leads to it, and the page that they share: the root's own memory if the root is one of the
 * two, else a page of the hypervisor. Guests see it laid over their memory. Any thread.
 */
final class NotificationChannel {
	/** The page as a guest sees it. @param owner of the overlay */
	private record View(Partition partition, Object owner) {}

	private final Port port;
	private final long sender;
	private final long senderAddress;
	private final Arena arena;
	private final long page;
	private final MonitoredTriggers triggers;
	private final List<View> views = new ArrayList<>();
	/** Guarded by this, which is held during an inspection: so nothing is sent once it is set. */
	private boolean stopped;
	/** Whether the processors have forgotten the page. */
	private List<BooleanSupplier> settlements;

	/** @param sender id of the partition that connects
	 * @param senderAddress guest-physical address of the page there */
	NotificationChannel(Port port, long sender, long senderAddress) {
		this.port = port;
		this.sender = sender;
		this.senderAddress = senderAddress;
		if (PartitionTable.isRoot(port.owner()) || PartitionTable.isRoot(sender)) {
			arena = null;
			page = PartitionTable.isRoot(port.owner()) ? port.info().monitorAddress() : senderAddress;
		} else {
			arena = Arena.ofShared();
			page = arena.allocate(MonitorPage.SIZE, MonitorPage.SIZE).address();
		}
		triggers = new MonitoredTriggers(page);
	}

	Port port() {
		return port;
	}

	/** @return id of the partition that connects */
	long sender() {
		return sender;
	}

	/** @return true if a partition is at one of the ends */
	boolean involves(long partition) {
		return sender == partition || port.owner() == partition;
	}

	/** Lays the page over guest memory. To be called once.
	 * @return INVALID_PARTITION_ID or INVALID_PARTITION_STATE: there may be views, which {@link #stop} removes */
	HvStatus show(PartitionTable partitions) {
		HvStatus status = show(partitions, port.owner(), port.info().monitorAddress());
		return status == HvStatus.SUCCESS ? show(partitions, sender, senderAddress) : status;
	}

	private HvStatus show(PartitionTable partitions, long id, long address) {
		if (PartitionTable.isRoot(id)) {
			return HvStatus.SUCCESS;
		}
		Partition partition = partitions.find(id);
		if (partition == null) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		View view = new View(partition, new Object());
		HvStatus status = partition.addOverlay(view.owner, address >>> PhysicalMemory.PAGE_SHIFT, page);
		if (status == HvStatus.SUCCESS) {
			views.add(view);
		}
		return status;
	}

	/** Looks at the page. @return nanoseconds until the next look, negative if there is to be none */
	synchronized long inspect(MonitoredTriggers.Signal signal) {
		return stopped ? -1 : triggers.look(System.nanoTime(), signal);
	}

	/** Waits for an inspection that is under way. */
	synchronized void awaitInspection() {
		// To have had the lock is all
	}

	/** When this returns, nothing more is sent, and guests see their own memory again. @return false if it was stopped before */
	synchronized boolean stop() {
		if (stopped) {
			return false;
		}
		stopped = true;
		views.forEach(view -> view.partition.removeOverlay(view.owner));
		settlements = views.stream().map(view -> view.partition.settlement()).toList();
		return true;
	}

	/** Frees the page if no processor has a translation of it any more. After {@link #stop}, until it has succeeded.
	 * @return true if it is freed */
	synchronized boolean release() {
		boolean unused = settlements.stream().allMatch(BooleanSupplier::getAsBoolean);
		if (unused && arena != null) {
			arena.close();
		}
		return unused;
	}
}
