package mshv.tck.random;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

import mshv.api.Hypervisor;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/** Partitions and events that all threads of a run use at once, and replace now and then. Any thread. */
final class SharedGuests implements AutoCloseable {
	private static final int PARTITIONS = 2;
	private static final int PROCESSORS = 2;
	private static final int EVENTS = 3;
	private static final long MEMORY = 0x10_0000;

	private final Hypervisor hypervisor;
	private final EventFactory events;
	private final Arena arena = Arena.ofShared();
	private final MemorySegment memory = arena.allocate(MEMORY, MemoryRegion.PAGE_SIZE);
	private final AtomicReferenceArray<Partition> partitions = new AtomicReferenceArray<>(PARTITIONS);
	private final AtomicReferenceArray<Event> signals = new AtomicReferenceArray<>(EVENTS);

	SharedGuests(Hypervisor hypervisor, EventFactory events) {
		this.hypervisor = hypervisor;
		this.events = events;
		for (int i = 0; i < PARTITIONS; i++) {
			partitions.set(i, fresh());
		}
		for (int i = 0; i < EVENTS; i++) {
			signals.set(i, events.create());
		}
	}

	private Partition fresh() {
		Partition partition = hypervisor.createPartition(PartitionConfig.standard());
		partition.initialize();
		for (int i = 0; i < PROCESSORS; i++) {
			partition.createVirtualProcessor(i);
		}
		partition.mapMemory(MemoryRegion.ram(0, memory));
		return partition;
	}

	/** @return memory that lives as long as all the partitions */
	MemorySegment memory() {
		return memory;
	}

	/** @return a partition that others use too, and may close at any moment */
	Partition partition(Dice dice) {
		return partitions.get(dice.below(PARTITIONS));
	}

	Event event(Dice dice) {
		return signals.get(dice.below(EVENTS));
	}

	/** Closes a partition while others use it, and puts another in its place. */
	void replacePartition(Dice dice) {
		Partition next = fresh();
		partitions.getAndSet(dice.below(PARTITIONS), next).close();
	}

	/** Closes an event while others use it, and puts another in its place. */
	void replaceEvent(Dice dice) {
		signals.getAndSet(dice.below(EVENTS), events.create()).close();
	}

	@Override
	public void close() {
		for (int i = 0; i < PARTITIONS; i++) {
			partitions.get(i).close();
		}
		for (int i = 0; i < EVENTS; i++) {
			signals.get(i).close();
		}
		arena.close();
	}
}
