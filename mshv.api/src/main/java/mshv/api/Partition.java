package mshv.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

import mshv.api.event.Event;

/**
 * A virtual machine: memory, virtual processors and interrupts. What a partition descriptor is to a Linux program.
 * <p>
 * Methods may be called from any thread. After {@link #close} every method throws {@link HypervisorException} with
 * {@link HvStatus#INVALID_PARTITION_ID}. Lists of processors and regions are snapshots.
 */
@ProviderType
public interface Partition extends AutoCloseable {
	/** @return the hypervisor's id of the partition, never 0 */
	long id();

	/** @return the hypervisor that created it */
	Hypervisor hypervisor();

	/** Initializes the partition: from now on it may have memory and processors, and early properties are fixed. Once more: no effect. */
	void initialize();

	/** Reads a property.
	 * @param property property code, see {@link mshv.api.abi.PartitionProperty}
	 * @return its value */
	long getProperty(int property);

	/** Sets a property. @param property property code @param value new value */
	void setProperty(int property, long value);

	/** Creates a virtual processor, suspended, in the state after RESET.
	 * @param index 0 to 255, also its initial APIC id
	 * @return the processor; it lives as long as the partition */
	VirtualProcessor createVirtualProcessor(int index);

	/** @return the processors, by index */
	List<VirtualProcessor> virtualProcessors();

	/** Maps host memory into the guest (MSHV_SET_GUEST_MEMORY).
	 * @param region address, memory and rights; the memory must stay alive until it is unmapped or the partition is closed
	 * @throws HypervisorException if the region overlaps another (errno EEXIST) or is not made of whole pages (EINVAL) */
	void mapMemory(MemoryRegion region);

	/** Unmaps a region that was mapped as a whole. A processor that runs loses it before this returns.
	 * @param region equal to the one that was mapped */
	void unmapMemory(MemoryRegion region);

	/** @return the mapped regions, by guest address */
	List<MemoryRegion> memoryRegions();

	/** Asserts a virtual interrupt (HVCALL_ASSERT_VIRTUAL_INTERRUPT). */
	void assertInterrupt(InterruptRequest request);

	/** Replaces the whole table of MSI routes (MSHV_SET_MSI_ROUTING).
	 * @param routes at most 4096, each with a different gsi below 4096 and an upper address of 0; else the old table stays */
	void setMsiRouting(List<MsiRoute> routes);

	/** Binds an event to an interrupt (MSHV_IRQFD): each signal asserts the interrupt that the gsi is routed to at that moment.
	 * @param event bound to at most one gsi of the partition (else errno EBUSY)
	 * @param gsi number of a route, which need not exist yet */
	void assignIrqfd(Event event, int gsi);

	/** As {@link #assignIrqfd(Event, int)}, for a level-triggered interrupt: whenever the guest has ended it (APIC EOI), the event
	 * {@code resample} is signalled, so that a device that still asserts its line signals {@code event} again. All such bindings of a gsi
	 * are told. An end that was told to a binding is not reported as an intercept.
	 * @param resample null for none
	 * @throws HypervisorException (EBUSY) if the event is bound already, EINVAL if the gsi has no route or one that is edge triggered */
	void assignIrqfd(Event event, Event resample, int gsi);

	/** Undoes {@link #assignIrqfd}: after it returns the event asserts nothing more. Without such a binding: no effect. */
	void deassignIrqfd(Event event, int gsi);

	/** Makes a guest's write signal an event (MSHV_IOEVENTFD). The hypervisor completes the write itself: no processor leaves its run.
	 * Where writable memory is mapped at the address, it is written too. The event is signalled on a thread of the hypervisor, and its
	 * listeners with it: they must not wait for a processor. A write that crosses a page rings nothing, and where there is no memory an
	 * access that reads as well is an intercept as ever.
	 * @param request address, length and value of the write
	 * @throws HypervisorException (EOPNOTSUPP) for a port, EINVAL for another length or an address that wraps, EEXIST if a doorbell is there
	 *         with the same address and length and, if both match data, the same value */
	void assignIoeventfd(DoorbellRequest request);

	/** Undoes {@link #assignIoeventfd}: after it returns no write signals the event because of it.
	 * @param request equal to the one that was assigned
	 * @throws HypervisorException (ENOENT) if there is none */
	void deassignIoeventfd(DoorbellRequest request);

	/** Installs or removes an intercept (HVCALL_INSTALL_INTERCEPT).
	 * @param access bits 1 read, 2 write, 4 execute; 0 removes
	 * @param type HV_INTERCEPT_TYPE
	 * @param parameter port, MSR or CPUID leaf, exception vector */
	void installIntercept(int access, int type, long parameter);

	/** Sets what a processor's guest gets without an intercept (HVCALL_REGISTER_INTERCEPT_RESULT).
	 * @param vpIndex processor that it holds for */
	void registerInterceptResult(int vpIndex, InterceptResult result);

	/** Takes back the interrupt that an EXTINT assertion left pending (HVCALL_CLEAR_VIRTUAL_INTERRUPT). */
	void clearVirtualInterrupt();

	/** Sets an event flag in a guest's SynIC (HVCALL_SIGNAL_EVENT_DIRECT).
	 * @param sint 0 to 15
	 * @param flag 0 to 2047
	 * @return true if it was clear before */
	boolean signalEventDirect(int vpIndex, int sint, int flag);

	/** Writes a message into a slot of a guest's SynIC (HVCALL_POST_MESSAGE_DIRECT).
	 * @param sint 0 to 15
	 * @param message 256 bytes, header included */
	void postMessageDirect(int vpIndex, int sint, byte[] message);

	/** Reads, and clears or sets, what is noted of guest pages (MSHV_GET_GPAP_ACCESS_BITMAP). Property
	 * {@link mshv.api.abi.PartitionProperty#GPA_PAGE_ACCESS_TRACKING} must be on. Only accesses by the guest's processors are noted.
	 * @param firstGfn first guest page number
	 * @param pageCount at least 1
	 * @return as it was before the operation; bit i of element j stands for page {@code firstGfn + 64 * j + i}, bits beyond are 0
	 * @throws HypervisorException if it is refused; a part of the pages may have been cleared or set */
	long[] pageAccess(PageAccess type, PageAccessOperation operation, long firstGfn, long pageCount);

	/** Gives the host access to guest pages or takes it away (MSHV_MODIFY_GPA_HOST_ACCESS).
	 * @throws HypervisorException (EINVAL) if there is no page, or one that is in no region */
	void modifyHostAccess(HostAccessChange change);

	/** Hands a hypercall through (MSHV_ROOT_HVCALL of a partition). The list of calls is that of the Linux driver; the first 8 bytes of
	 * the input are taken as this partition's id. Memory that the call asks for is deposited; repetitions go on where that stopped them.
	 * HVCALL_SET_PARTITION_PROPERTY may be completed asynchronously: then this waits, and one such call is under way at a time.
	 * @return what the hypervisor answered, refusals too
	 *         where memory cannot be deposited, it is the status that asked for it
	 * @throws HypervisorException (EINVAL) if the call is not on the list or has a size that cannot be; (EBADFD) if a call is pending
	 *         that cannot be waited for */
	PassThroughResult passThrough(PassThroughCall call);

	/** Ends the guest and frees all that belongs to the partition. Processors that run are interrupted first. Once more: no effect. */
	@Override
	void close();
}
