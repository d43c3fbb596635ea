package mshv.backend.emu.hypercall;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.GuestClock;
import mshv.backend.emu.guest.ProcessorFeatures;
import mshv.backend.emu.partition.Host;
import mshv.backend.emu.partition.MemoryPool;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.Properties;

/** The partitions of a hypervisor by id, and the root's own properties and pool. Any thread; finding a partition takes no lock. */
public final class PartitionTable implements AutoCloseable {
	/** HV_PARTITION_ID_SELF. */
	private static final long SELF = -1;
	/** The root's one id where ids are compared. */
	static final long ROOT = 1;
	private static final int SLOT_BITS = 10;
	private static final int SLOTS = 1 << SLOT_BITS;

	private final Host host;
	private final PortTable ports = new PortTable();
	private final PortConnections connections;
	private final NotificationChannels channels;
	private final MemoryPool rootPool = new MemoryPool();
	private final Properties rootProperties;
	private final HostAccess hostAccess = new HostAccess();
	private volatile Partition[] slots = new Partition[SLOTS];
	private long generation = 1;
	private boolean closed;

	/** A table without partitions. @param synic of the root, where what partitions send it arrives */
	public PartitionTable(Host host, RootSynic synic) {
		this.host = host;
		connections = new PortConnections(this, synic);
		channels = new NotificationChannels(this, host.timers());
		rootProperties = new Properties(ProcessorFeatures.without(0, 0, true, true), new GuestClock(host.timeStampFrequency()));
	}

	static boolean isRoot(long id) {
		return id == SELF || id == ROOT;
	}

	/** @return the one id that a partition is known by where ids are compared */
	static long canonical(long id) {
		return isRoot(id) ? ROOT : id;
	}

	/** @return the ports and connections of all partitions */
	PortTable ports() {
		return ports;
	}

	/** @return the way of messages and events through connections */
	PortConnections connections() {
		return connections;
	}

	/** @return the channels of monitored notifications */
	NotificationChannels channels() {
		return channels;
	}

	/** @return true if the hypervisor itself executes processors */
	boolean schedulesProcessors() {
		return host.scheduler().ofHypervisor();
	}

	Properties rootProperties() {
		return rootProperties;
	}

	/** @return pages that the root has given away */
	HostAccess hostAccess() {
		return hostAccess;
	}

	/** @return the pool of a partition or of the root, null if there is no such partition */
	MemoryPool pool(long id) {
		if (isRoot(id)) {
			return rootPool;
		}
		Partition partition = find(id);
		return partition == null ? null : partition.pool();
	}

	/** Finds a partition for a call about it, which may tell the guest that the root has written to its memory.
	 * @return the partition, null if there is none with this id */
	Partition find(long id) {
		Partition partition = findToDispatch(id);
		if (partition != null) {
			partition.called();
		}
		return partition;
	}

	/** @return the partition, null if there is none with this id */
	Partition findToDispatch(long id) {
		Partition partition = slots[(int) id & SLOTS - 1];
		return partition != null && partition.id() == id ? partition : null;
	}

	/** @return why a call that is about a partition with this id is refused */
	HvStatus refusal(long id) {
		return isRoot(id) ? HvStatus.ACCESS_DENIED : HvStatus.INVALID_PARTITION_ID;
	}

	/** Creates a partition. @return null if there are too many, or the table is closed */
	synchronized Partition create(boolean largePages, ProcessorFeatures features) {
		Partition[] changed = slots.clone();
		for (int slot = 0; slot < SLOTS && !closed; slot++) {
			if (changed[slot] == null) {
				Partition partition = new Partition(generation++ << SLOT_BITS | slot, host, connections, largePages, features);
				changed[slot] = partition;
				slots = changed;
				return partition;
			}
		}
		return null;
	}

	/** Deletes a partition. @return INVALID_PARTITION_ID if it is gone already, INVALID_PARTITION_STATE if it is not finalized */
	synchronized HvStatus delete(Partition partition) {
		if (find(partition.id()) != partition) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		if (!partition.deletable()) {
			return HvStatus.INVALID_PARTITION_STATE;
		}
		Partition[] changed = slots.clone();
		changed[(int) partition.id() & SLOTS - 1] = null;
		slots = changed;
		hostAccess.forget(partition.id());
		ports.forget(partition.id());
		channels.end(channel -> channel.involves(partition.id()));
		partition.delete();
		return HvStatus.SUCCESS;
	}

	/** Ends and deletes all partitions, and lets no more be created. */
	@Override
	public void close() {
		synchronized (this) {
			closed = true;
		}
		for (Partition partition : slots) {
			if (partition != null) {
				partition.end();
				delete(partition);
			}
		}
		channels.close();
	}
}
