package mshv.backend.emu.partition;

import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

import mshv.api.HvStatus;
import mshv.api.abi.PartitionProperty;
import mshv.backend.emu.apic.ApicBus;
import mshv.backend.emu.apic.DeliveryMode;
import mshv.backend.emu.cpu.ProcessorGroup;
import mshv.backend.emu.guest.CpuidLeaves;
import mshv.backend.emu.guest.GuestClock;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guest.HypercallPage;
import mshv.backend.emu.guest.Overlays;
import mshv.backend.emu.guest.Privileges;
import mshv.backend.emu.guest.ProcessorFeatures;
import mshv.backend.emu.guest.ReferenceTscPage;
import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.memory.Doorbells;
import mshv.backend.emu.memory.PhysicalMemory;

/** A partition: its life cycle, properties, memory, interrupts and processors. Any thread. */
public final class Partition {
	/** Highest index of a processor. */
	public static final int LAST_VP_INDEX = 255;
	/** Types of HV_INTERRUPT_TYPE beyond the delivery modes. */
	private static final int LINT0 = 8, LINT1 = 9;
	private static final int LOWEST_VECTOR = 16;
	/** Pages of the pool that initialization costs: the hypercall page, the reference TSC page, tables. */
	private static final int INITIALIZE_PAGES = 16;

	private enum State {
		CREATED, INITIALIZED, FINALIZED
	}

	private final long id;
	private final Host host;
	private final Connections connections;
	private final boolean largePages;
	private final ProcessorFeatures features;
	private final Properties properties;
	private final MemoryPool pool = new MemoryPool();
	private final PhysicalMemory physicalMemory = new PhysicalMemory();
	private final Overlays overlays = new Overlays(physicalMemory, _ -> flushLater());
	private final GuestMemory memory = new GuestMemory(overlays, pool);
	private final GuestClock clock;
	private final ApicBus bus = new ApicBus();
	private final Processors processors = new Processors();
	private final ProcessorGroup group = new ProcessorGroup();
	private final Intercepts intercepts = new Intercepts();
	private final Arena arena = Arena.ofShared();
	/** Held while memory or the set of processors changes; taken before processors are borrowed, never by a thread that runs one. */
	private final Object changes = new Object();

	private volatile State state = State.CREATED;
	private long[] ownPages;
	private volatile GuestInterface guest;
	private volatile boolean suspended;
	private CpuidLeaves leaves;

	/** A partition that is not initialized.
	 * @param largePages whether memory may be mapped in units of 2 MiB
	 * @param connections where what its guest sends goes
	 * @param features of its processors */
	public Partition(long id, Host host, Connections connections, boolean largePages, ProcessorFeatures features) {
		this.id = id;
		this.host = host;
		this.connections = connections;
		this.largePages = largePages;
		this.features = features;
		clock = new GuestClock(host.timeStampFrequency());
		properties = new Properties(features, clock);
	}

	/** @return id, never 0 */
	public long id() {
		return id;
	}

	/** @return pages deposited for the partition's objects */
	public MemoryPool pool() {
		return pool;
	}

	Host host() {
		return host;
	}

	Connections connections() {
		return connections;
	}

	GuestInterface guest() {
		return guest;
	}

	CpuidLeaves leaves() {
		return leaves;
	}

	ApicBus bus() {
		return bus;
	}

	/** @return what of the guest is intercepted */
	public Intercepts intercepts() {
		return intercepts;
	}

	Properties properties() {
		return properties;
	}

	PhysicalMemory physicalMemory() {
		return physicalMemory;
	}

	/** The root makes a call about the partition. */
	public void called() {
		physicalMemory.rootWrites().called();
	}

	Arena arena() {
		return arena;
	}

	int processorCount() {
		return processors.all().size();
	}

	// Life cycle

	/** Makes the partition ready for memory and processors; early properties are fixed from now on. */
	public HvStatus initialize() {
		synchronized (changes) {
			if (state != State.CREATED) {
				return HvStatus.INVALID_PARTITION_STATE;
			}
			ownPages = pool.take(INITIALIZE_PAGES);
			if (ownPages == null) {
				return HvStatus.INSUFFICIENT_MEMORY;
			}
			properties.endEarly();
			guest = new GuestInterface(features, properties.syntheticFeatures(),
				Privileges.of(features, properties.syntheticFeatures(), properties.privileges()), clock, overlays,
				new HypercallPage(overlays, ownPages[0] << PhysicalMemory.PAGE_SHIFT),
				new ReferenceTscPage(overlays, clock, ownPages[1] << PhysicalMemory.PAGE_SHIFT));
			leaves = new CpuidLeaves(features, guest.synthetic(), properties.privileges(), clock.frequency(), GuestInterface.TIMER_FREQUENCY);
			state = State.INITIALIZED;
			return HvStatus.SUCCESS;
		}
	}

	/** Stops the processors for good and frees all that the partition has; its pages are back in the pool. */
	public HvStatus end() {
		synchronized (changes) {
			if (state != State.INITIALIZED) {
				return HvStatus.INVALID_PARTITION_STATE;
			}
			state = State.FINALIZED;
			processors.all().forEach(this::remove);
			physicalMemory.doorbells().close();
			memory.clear();
			pool.release(ownPages);
			ownPages = null;
			return HvStatus.SUCCESS;
		}
	}

	/** @return true if the partition may be deleted: it never was initialized, or has been finalized */
	public boolean deletable() {
		return state != State.INITIALIZED;
	}

	/** Frees the partition itself. To be called once, when it is {@link #deletable}. */
	public void delete() {
		arena.close();
	}

	// Properties

	/** @return whether there is a property with this code */
	public boolean hasProperty(int code) {
		return properties.has(code);
	}

	/** @param code of a property that exists */
	public long property(int code) {
		if (code == PartitionProperty.SUSPEND) {
			return suspended ? 1 : 0;
		}
		if (code == PartitionProperty.GPA_PAGE_ACCESS_TRACKING) {
			return physicalMemory.accessLog() != null ? 1 : 0;
		}
		GuestInterface offered = guest;
		return properties.get(code, offered == null ? 0 : offered.hypercallPage().osId());
	}

	/** Sets a property. */
	public HvStatus setProperty(int code, long value) {
		if (!properties.has(code)) {
			return HvStatus.UNKNOWN_PROPERTY;
		}
		switch (code) {
			case PartitionProperty.TIME_FREEZE -> {
				return setFrozen(value);
			}
			case PartitionProperty.SUSPEND -> {
				return setSuspended(value);
			}
			case PartitionProperty.REFERENCE_TIME -> {
				setReferenceTime(value);
				return HvStatus.SUCCESS;
			}
			case PartitionProperty.GPA_PAGE_ACCESS_TRACKING -> {
				return setTracking(value);
			}
			default -> {
				return properties.set(code, value);
			}
		}
	}

	private void setReferenceTime(long value) {
		synchronized (changes) {
			clock.setReferenceTime(value);
			if (state == State.INITIALIZED) {
				guest.referenceTsc().clockChanged();
				processors.all().forEach(VirtualProcessor::referenceTimeChanged);
			}
		}
	}

	private HvStatus setFrozen(long value) {
		if (value < 0 || value > 1) {
			return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
		}
		if (value == 1) {
			clock.freeze();
			awaitStanding();
		} else {
			clock.thaw();
			processors.all().forEach(VirtualProcessor::thawed);
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus setSuspended(long value) {
		if (value < 0 || value > 1) {
			return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
		}
		suspended = value == 1;
		if (suspended) {
			awaitStanding();
		} else {
			processors.all().forEach(VirtualProcessor::resumed);
		}
		return HvStatus.SUCCESS;
	}

	/** A run that was under way does not go on once it has been borrowed from. */
	private void awaitStanding() {
		for (VirtualProcessor processor : processors.all()) {
			if (processor.borrow()) {
				processor.giveBack();
			}
		}
	}

	/** @return true while no processor may execute: the partition is suspended, or its time stands */
	boolean stands() {
		return suspended || clock.frozen();
	}

	/** @return true if setting a property waits for processors that execute now */
	public boolean waitsForProcessors(int code, long value) {
		boolean waits = switch (code) {
			case PartitionProperty.TIME_FREEZE, PartitionProperty.SUSPEND -> value == 1;
			case PartitionProperty.GPA_PAGE_ACCESS_TRACKING -> true;
			default -> false;
		};
		return waits && processors.all().stream().anyMatch(VirtualProcessor::executes);
	}

	// Memory

	/** @return whether memory may be mapped in units of 2 MiB */
	public boolean largePages() {
		return largePages;
	}

	/** What is done to guest memory while no processor runs. */
	@FunctionalInterface
	public interface MemoryChange {
		/** @return status of the whole */
		HvStatus apply();
	}

	/** Changes guest memory while no processor of the partition runs; processors forget their translations.
	 * @return INVALID_PARTITION_STATE if the partition cannot have memory now, else what the change returns */
	public HvStatus changeMemory(MemoryChange change) {
		synchronized (changes) {
			return state != State.INITIALIZED ? HvStatus.INVALID_PARTITION_STATE
				: whileStanding(change, true);
		}
	}

	/** @param forget whether processors then forget their translations */
	private HvStatus whileStanding(MemoryChange change, boolean forget) {
		List<VirtualProcessor> all = processors.all();
		all.forEach(VirtualProcessor::borrow);
		try {
			return change.apply();
		} finally {
			if (forget) {
				flushTranslations(null, null);
			}
			all.forEach(VirtualProcessor::giveBack);
		}
	}

	private HvStatus setTracking(long value) {
		if (value < 0 || value > 1) {
			return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
		}
		return changeMemory(() -> {
			if (value == 0 || physicalMemory.accessLog() == null) {
				physicalMemory.setAccessLog(value == 1 ? new AccessLog() : null);
			}
			return HvStatus.SUCCESS;
		});
	}

	/** Looks at what processors have accessed, and changes it, while none of them runs.
	 * @param changed whether it is changed: processors then forget what lets them access pages without a note
	 * @return INVALID_PARTITION_STATE if accesses are not noted, else what the change returns */
	public HvStatus accessStates(boolean changed, MemoryChange change) {
		synchronized (changes) {
			return physicalMemory.accessLog() == null ? HvStatus.INVALID_PARTITION_STATE : whileStanding(change, changed);
		}
	}

	/** @param changes bits of {@link AccessLog}; within {@link #accessStates} only
	 * @return what of {@link AccessLog} is noted of a page, 0 if it is not mapped */
	public int accessState(long page, int changes) {
		return overlays.mapped(page) == 0 ? 0 : physicalMemory.accessLog().state(page, changes);
	}

	/** Maps consecutive pages that lie within one 2 MiB unit. Within {@link #changeMemory} only.
	 * @param page first guest page number
	 * @param hostPage first page number of the root
	 * @param rights of {@link PhysicalMemory} */
	public HvStatus map(long page, long hostPage, int count, long rights) {
		return memory.map(page, hostPage << PhysicalMemory.PAGE_SHIFT, count, rights);
	}

	/** Unmaps consecutive pages that lie within one 2 MiB unit. Within {@link #changeMemory} only. */
	public void unmap(long page, int count) {
		memory.unmap(page, count);
	}

	/** @return true if guest page numbers from {@code page} on exist, {@code count} of them */
	public static boolean validPages(long page, long count) {
		return page >= 0 && page <= GuestMemory.LIMIT - count;
	}

	/** @return true if the hypervisor has laid a page over this one */
	public boolean overlaid(long page) {
		return overlays.covers(page);
	}

	/** Lays a page over guest memory, to be read and written. No processor is waited for.
	 * @param owner by which it is removed
	 * @param page guest page number that exists
	 * @param host host address of the page, alive until the overlay is removed and what {@link #settlement} returns then is true */
	public HvStatus addOverlay(Object owner, long page, long host) {
		if (state != State.INITIALIZED) {
			return HvStatus.INVALID_PARTITION_STATE;
		}
		overlays.install(owner, page, host | PhysicalMemory.READ | PhysicalMemory.WRITE);
		return HvStatus.SUCCESS;
	}

	/** Takes a page away from guest memory. No processor is waited for. */
	public void removeOverlay(Object owner) {
		overlays.remove(owner);
	}

	/** @return tells whether no processor uses a translation that was changed before this call */
	public BooleanSupplier settlement() {
		return group.settlement();
	}

	/** @return true if the guest may signal events (HvCallSignalEvent) */
	public boolean maySignalEvents() {
		return guest.may(Privileges.SIGNAL_EVENTS);
	}

	/** Connects a doorbell. No processor is waited for: a store to memory that was writable rings before its processor has executed more than
	 * a few instructions. */
	public HvStatus connectDoorbell(Doorbells.Connection connection) {
		if (state != State.INITIALIZED || !physicalMemory.doorbells().add(connection)) {
			return HvStatus.INVALID_PARTITION_STATE;
		}
		flushLater();
		return HvStatus.SUCCESS;
	}

	/** Disconnects a doorbell. A write that is under way may still ring. */
	public void disconnectDoorbell(Doorbells.Connection connection) {
		physicalMemory.doorbells().remove(connection);
	}

	/** Sends a fixed interrupt, edge triggered, to the local APICs of processors. @param targets their indexes, null for all */
	void interrupt(BitSet targets, int vector) {
		for (VirtualProcessor processor : processors.all()) {
			if (targets == null || targets.get(processor.index())) {
				processor.apic().receive(DeliveryMode.FIXED, vector, false);
			}
		}
	}

	/** @return index of the processor whose local APIC has an id, -1 if there is none */
	int indexOf(long apicId) {
		for (VirtualProcessor processor : processors.all()) {
			if ((processor.apic().id() & 0xFFFFFFFFL) == apicId) {
				return processor.index();
			}
		}
		return -1;
	}

	private void flushLater() {
		group.flushLater();
	}

	/** Waits until all processors have forgotten what {@link #flushLater} was about. Without locks, not on a processor's thread. */
	void settle() {
		group.settle();
	}

	/** Makes processors forget translations of linear addresses (TLB shootdown). Any thread. Complete when it returns; on the thread of a
	 * processor within an instruction (a hypercall, say), before that processor's next instruction. Processors that do not run are not
	 * waited for: they forget before their next instruction.
	 * @param targets indexes of the processors, null for all; one that does not exist has no translations
	 * @param pages linear addresses of pages, null for all translations */
	public void flushTranslations(BitSet targets, long[] pages) {
		group.flush(targets == null ? null
			: targets.stream().mapToObj(this::processor).filter(Objects::nonNull).map(VirtualProcessor::cpu).toList(), pages);
	}

	// Processors

	/** Creates a processor, explicitly suspended, in the state after RESET. */
	public HvStatus createProcessor(int index) {
		synchronized (changes) {
			if (state != State.INITIALIZED) {
				return HvStatus.INVALID_PARTITION_STATE;
			}
			if (index < 0 || index > LAST_VP_INDEX || processor(index) != null) {
				return HvStatus.INVALID_VP_INDEX;
			}
			long[] pages = pool.take(VirtualProcessor.POOL_PAGES);
			if (pages == null) {
				return HvStatus.INSUFFICIENT_MEMORY;
			}
			VirtualProcessor processor = new VirtualProcessor(this, index, pages);
			processors.add(processor);
			bus.attach(processor.apic());
			group.add(processor.cpu());
			guest.referenceTsc().add(processor.clock());
			host.scheduler().created(processor);
			return HvStatus.SUCCESS;
		}
	}

	/** Deletes a processor, ending its run. */
	public HvStatus deleteProcessor(int index) {
		synchronized (changes) {
			if (state != State.INITIALIZED) {
				return HvStatus.INVALID_PARTITION_STATE;
			}
			VirtualProcessor processor = processor(index);
			if (processor == null) {
				return HvStatus.INVALID_VP_INDEX;
			}
			remove(processor);
			return HvStatus.SUCCESS;
		}
	}

	private void remove(VirtualProcessor processor) {
		bus.detach(processor.apic());
		processor.close();
		host.scheduler().removed(processor);
		group.remove(processor.cpu());
		guest.referenceTsc().remove(processor.clock());
		processors.remove(processor);
		pool.release(processor.poolPages());
	}

	/** @return the processor, null if there is none with this index */
	public VirtualProcessor processor(int index) {
		return processors.get(index);
	}

	/** @return true if a processor that takes no interrupts now can be woken up by another one of the partition */
	boolean canBeWoken(VirtualProcessor sleeper) {
		return features.apic() && processors.all().stream().anyMatch(processor -> processor != sleeper && !processor.activity().asleep());
	}

	// Interrupts

	/** Takes back an external interrupt that no processor has acknowledged (HVCALL_CLEAR_VIRTUAL_INTERRUPT). */
	public void clearExternalInterrupt() {
		processors.all().forEach(processor -> processor.apic().clearExternal());
	}

	/** Asserts an interrupt (HVCALL_ASSERT_VIRTUAL_INTERRUPT).
	 * @param type HV_INTERRUPT_TYPE
	 * @param destination APIC id or logical destination */
	public HvStatus assertInterrupt(int type, int vector, long destination, boolean level, boolean logical) {
		if (state != State.INITIALIZED) {
			return HvStatus.INVALID_PARTITION_STATE;
		}
		switch (type) {
			case DeliveryMode.FIXED, DeliveryMode.LOWEST_PRIORITY -> {
				if (vector < LOWEST_VECTOR || vector > 255) {
					return HvStatus.INVALID_PARAMETER;
				}
			}
			case DeliveryMode.NMI, DeliveryMode.INIT -> {
				// The vector is not looked at
			}
			case DeliveryMode.STARTUP, DeliveryMode.EXTERNAL, LINT0, LINT1 -> {
				if (vector < 0 || vector > 255) {
					return HvStatus.INVALID_PARAMETER;
				}
			}
			default -> {
				// There is no system management mode, and remote reads are a thing of the 82489DX
				return HvStatus.INVALID_PARAMETER;
			}
		}
		// As on a bus, what is sent to nobody is lost
		if (type == LINT0 || type == LINT1) {
			bus.pulse(type - LINT0, vector, destination, logical);
		} else {
			bus.send(type, vector, level, destination, logical);
		}
		return HvStatus.SUCCESS;
	}
}
