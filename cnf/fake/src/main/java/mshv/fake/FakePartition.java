package mshv.fake;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HostAccessChange;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.InterceptResult;
import mshv.api.InterruptRequest;
import mshv.api.MemoryRegion;
import mshv.api.MsiRoute;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;
import mshv.api.Partition;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.VirtualProcessor;
import mshv.api.event.Event;

/** Remembers what it was told. */
public class FakePartition implements Partition {
	private final FakeHypervisor hypervisor;
	private final List<VirtualProcessor> processors = new ArrayList<>();
	private final List<MemoryRegion> regions = new ArrayList<>();
	/** Values that were set. */
	public final Map<Integer, Long> properties = new HashMap<>();
	/** Tables of routes, in the order in which they were set. */
	public final List<List<MsiRoute>> routings = new ArrayList<>();
	/** Bound events by gsi. */
	public final Map<Integer, Event> irqfds = new HashMap<>();
	/** Intercepts as {@code access type parameter}. */
	public final List<String> intercepts = new ArrayList<>();
	/** Whether it was initialized. */
	public boolean initialized;
	/** Whether it was closed. */
	public volatile boolean closed;

	/** @param hypervisor whose partition it is */
	public FakePartition(FakeHypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** Without a hypervisor, for devices. */
	public FakePartition() {
		this(new FakeHypervisor(_ -> null));
	}

	@Override
	public long id() {
		return 7;
	}

	@Override
	public Hypervisor hypervisor() {
		return hypervisor;
	}

	@Override
	public void initialize() {
		initialized = true;
	}

	@Override
	public long getProperty(int property) {
		return properties.getOrDefault(property, 0L);
	}

	@Override
	public void setProperty(int property, long value) {
		properties.put(property, value);
	}

	@Override
	public VirtualProcessor createVirtualProcessor(int index) {
		FakeProcessor processor = newProcessor(index, hypervisor.script);
		processors.add(processor);
		return processor;
	}

	/** @return a processor that behaves as the test needs */
	protected FakeProcessor newProcessor(int index, Script script) {
		return new FakeProcessor(this, index, script);
	}

	@Override
	public List<VirtualProcessor> virtualProcessors() {
		return List.copyOf(processors);
	}

	@Override
	public void mapMemory(MemoryRegion region) {
		regions.add(region);
	}

	@Override
	public void unmapMemory(MemoryRegion region) {
		regions.remove(region);
	}

	@Override
	public List<MemoryRegion> memoryRegions() {
		return List.copyOf(regions);
	}

	@Override
	public void assertInterrupt(InterruptRequest request) {
		throw new UnsupportedOperationException("interrupts arrive by events");
	}

	@Override
	public void setMsiRouting(List<MsiRoute> routes) {
		routings.add(List.copyOf(routes));
	}

	@Override
	public void assignIrqfd(Event event, int gsi) {
		irqfds.put(gsi, event);
	}

	@Override
	public void assignIrqfd(Event event, Event resample, int gsi) {
		throw new UnsupportedOperationException("nothing resamples");
	}

	@Override
	public void assignIoeventfd(DoorbellRequest request) {
		throw new UnsupportedOperationException("no doorbells");
	}

	@Override
	public void deassignIoeventfd(DoorbellRequest request) {
		throw new UnsupportedOperationException("no doorbells");
	}

	@Override
	public void deassignIrqfd(Event event, int gsi) {
		irqfds.remove(gsi, event);
	}

	@Override
	public void installIntercept(int access, int type, long parameter) {
		intercepts.add(access + " " + type + " " + parameter);
	}

	@Override
	public void registerInterceptResult(int vpIndex, InterceptResult result) {
		throw new HypervisorException("intercept results", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public void clearVirtualInterrupt() {
		throw new HypervisorException("EXTINT", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public boolean signalEventDirect(int vpIndex, int sint, int flag) {
		throw new HypervisorException("event flags", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public void postMessageDirect(int vpIndex, int sint, byte[] message) {
		throw new HypervisorException("messages", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public long[] pageAccess(PageAccess type, PageAccessOperation operation, long firstGfn, long pageCount) {
		throw new HypervisorException("page access", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public void modifyHostAccess(HostAccessChange change) {
		throw new HypervisorException("host access", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		throw new HypervisorException("call " + call.code(), Errno.EINVAL);
	}

	@Override
	public void close() {
		closed = true;
	}
}
