package mshv.core.device;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HostAccessChange;
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

/** A handle of a partition. When its backend goes, the handle stays and says so. */
final class DevicePartition implements Partition {
	private final Device device;
	private final Hypervisor backend;
	private final Partition partition;
	private final long id;
	private final Map<Integer, DeviceProcessor> processors = new ConcurrentHashMap<>();
	private volatile boolean lost;

	DevicePartition(Device device, Hypervisor backend, Partition partition) {
		this.device = device;
		this.backend = backend;
		this.partition = partition;
		id = partition.id();
	}

	boolean isOf(Hypervisor other) {
		return backend == other;
	}

	/** The backend goes: ends the partition. Processors that run are interrupted. */
	void lose() {
		lost = true;
		partition.close();
	}

	/** Makes a call that has a result. A backend that goes meanwhile is the reason for whatever it said. */
	<T> T call(Supplier<T> call) {
		requirePresent();
		try {
			return call.get();
		} catch (RuntimeException e) {
			requirePresent();
			throw e;
		}
	}

	/** As {@link #call}, without a result. */
	void make(Runnable call) {
		call(() -> {
			call.run();
			return null;
		});
	}

	/** @throws HypervisorException (ENODEV) if the backend has gone */
	void requirePresent() {
		if (lost) {
			throw new HypervisorException("backend " + backend.backend() + " is gone, and partition " + id + " with it", Errno.ENODEV);
		}
	}

	@Override
	public long id() {
		return id;
	}

	@Override
	public Hypervisor hypervisor() {
		return device;
	}

	@Override
	public void initialize() {
		make(partition::initialize);
	}

	@Override
	public long getProperty(int property) {
		return call(() -> partition.getProperty(property));
	}

	@Override
	public void setProperty(int property, long value) {
		make(() -> partition.setProperty(property, value));
	}

	@Override
	public VirtualProcessor createVirtualProcessor(int index) {
		return call(() -> handle(partition.createVirtualProcessor(index)));
	}

	@Override
	public List<VirtualProcessor> virtualProcessors() {
		return call(() -> partition.virtualProcessors().stream().map(this::handle).toList());
	}

	private VirtualProcessor handle(VirtualProcessor processor) {
		return processors.computeIfAbsent(processor.index(), _ -> new DeviceProcessor(this, processor));
	}

	@Override
	public void mapMemory(MemoryRegion region) {
		make(() -> partition.mapMemory(region));
	}

	@Override
	public void unmapMemory(MemoryRegion region) {
		make(() -> partition.unmapMemory(region));
	}

	@Override
	public List<MemoryRegion> memoryRegions() {
		return call(partition::memoryRegions);
	}

	@Override
	public void assertInterrupt(InterruptRequest request) {
		make(() -> partition.assertInterrupt(request));
	}

	@Override
	public void setMsiRouting(List<MsiRoute> routes) {
		make(() -> partition.setMsiRouting(routes));
	}

	@Override
	public void assignIrqfd(Event event, int gsi) {
		make(() -> partition.assignIrqfd(event, gsi));
	}

	@Override
	public void assignIrqfd(Event event, Event resample, int gsi) {
		make(() -> partition.assignIrqfd(event, resample, gsi));
	}

	@Override
	public void deassignIrqfd(Event event, int gsi) {
		make(() -> partition.deassignIrqfd(event, gsi));
	}

	@Override
	public void assignIoeventfd(DoorbellRequest request) {
		make(() -> partition.assignIoeventfd(request));
	}

	@Override
	public void deassignIoeventfd(DoorbellRequest request) {
		make(() -> partition.deassignIoeventfd(request));
	}

	@Override
	public void installIntercept(int access, int type, long parameter) {
		make(() -> partition.installIntercept(access, type, parameter));
	}

	@Override
	public void registerInterceptResult(int vpIndex, InterceptResult result) {
		make(() -> partition.registerInterceptResult(vpIndex, result));
	}

	@Override
	public void clearVirtualInterrupt() {
		make(partition::clearVirtualInterrupt);
	}

	@Override
	public boolean signalEventDirect(int vpIndex, int sint, int flag) {
		return call(() -> partition.signalEventDirect(vpIndex, sint, flag));
	}

	@Override
	public void postMessageDirect(int vpIndex, int sint, byte[] message) {
		make(() -> partition.postMessageDirect(vpIndex, sint, message));
	}

	@Override
	public long[] pageAccess(PageAccess type, PageAccessOperation operation, long firstGfn, long pageCount) {
		return call(() -> partition.pageAccess(type, operation, firstGfn, pageCount));
	}

	@Override
	public void modifyHostAccess(HostAccessChange change) {
		make(() -> partition.modifyHostAccess(change));
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return call(() -> partition.passThrough(call));
	}

	/** Of a partition that is lost nothing is left to close. */
	@Override
	public void close() {
		device.remove(this);
		partition.close();
	}
}
