package mshv.backend.mshv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

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
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.CpuidInterceptResult;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptResultInput;
import mshv.api.abi.MshvGpapAccessBitmap;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvModifyGpaHostAccess;
import mshv.api.abi.MshvUserIrqTable;
import mshv.api.abi.MshvUserMemRegion;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.SignalEventDirectInput;
import mshv.api.event.Event;

/** A partition's descriptor. */
final class NativePartition implements Partition {
	private static final int PAGE_SHIFT = 12;
	/** HVCALL_CLEAR_VIRTUAL_INTERRUPT takes the partition's id alone. */
	private static final int ID_SIZE = 8;
	/** MSHV_MAX_VPS. */
	private static final int MAX_PROCESSORS = 256;

	private final NativeHypervisor hypervisor;
	private final long id;
	private final Descriptor descriptor;
	private final Hypercalls calls;
	private final Bindings bindings;
	/** What changes processors and regions. */
	private final ReentrantLock lock = new ReentrantLock();
	private final NavigableMap<Integer, NativeProcessor> processors = new TreeMap<>();
	/** By guest address. */
	private final NavigableMap<Long, MemoryRegion> regions = new TreeMap<>();
	private boolean closed;

	/** @param id a number of ours: the driver does not tell the hypervisor's */
	NativePartition(NativeHypervisor hypervisor, long id, Descriptor descriptor) {
		this.hypervisor = hypervisor;
		this.id = id;
		this.descriptor = descriptor;
		calls = new Hypercalls(descriptor);
		bindings = new Bindings(descriptor, hypervisor::events);
	}

	Hypercalls calls() {
		return calls;
	}

	@Override
	public long id() {
		return id;
	}

	@Override
	public Hypervisor hypervisor() {
		return hypervisor;
	}

	@Override
	public void initialize() {
		descriptor.require("initializing", MshvIoctl.INITIALIZE_PARTITION, 0);
	}

	@Override
	public long getProperty(int property) {
		return calls.getProperty(property);
	}

	@Override
	public void setProperty(int property, long value) {
		calls.call(CallCode.SET_PARTITION_PROPERTY, 0, SetPartitionPropertyInput.SIZE,
			new SetPartitionPropertyInput(0, property, value)::encode, 0);
	}

	@Override
	public VirtualProcessor createVirtualProcessor(int index) {
		if (index < 0 || index >= MAX_PROCESSORS) {
			descriptor.requireOpen();
			throw new HypervisorException("processor index " + index, Errno.EINVAL);
		}
		lock.lock();
		try {
			int number = descriptor.require("processor " + index, MshvIoctl.CREATE_VP, Integer.BYTES, argument -> argument.set(JAVA_INT, 0, index));
			NativeProcessor processor = new NativeProcessor(this, index, new Descriptor(descriptor.kernel(), number));
			processors.put(index, processor);
			return processor;
		} finally {
			lock.unlock();
		}
	}

	@Override
	public List<VirtualProcessor> virtualProcessors() {
		lock.lock();
		try {
			descriptor.requireOpen();
			return List.copyOf(processors.values());
		} finally {
			lock.unlock();
		}
	}

	/** Whether pages come in at once or when they are touched is the driver's to decide. */
	@Override
	public void mapMemory(MemoryRegion region) {
		int flags = 0;
		for (MemoryRegion.Access access : region.access()) {
			flags |= switch (access) {
				case WRITABLE -> MshvUserMemRegion.WRITABLE;
				case EXECUTABLE -> MshvUserMemRegion.EXECUTABLE;
			};
		}
		check(region);
		if (region.backing() == MemoryRegion.Backing.DEVICE) {
			throw new HypervisorException("the driver knows a device's memory by its mapping, and this is none", Errno.EOPNOTSUPP);
		}
		if (region.memory().isReadOnly() && (flags & MshvUserMemRegion.WRITABLE) != 0) {
			throw new HypervisorException("a guest that writes read-only memory", Errno.EINVAL);
		}
		lock.lock();
		try {
			set(region, flags);
			regions.put(region.guestAddress(), region);
		} finally {
			lock.unlock();
		}
	}

	@Override
	public void unmapMemory(MemoryRegion region) {
		check(region);
		lock.lock();
		try {
			set(region, MshvUserMemRegion.UNMAP);
			regions.remove(region.guestAddress());
		} finally {
			lock.unlock();
		}
	}

	private void set(MemoryRegion region, int flags) {
		descriptor.require("memory at 0x" + Long.toHexString(region.guestAddress()), MshvIoctl.SET_GUEST_MEMORY, MshvUserMemRegion.SIZE,
			new MshvUserMemRegion(region.size(), region.guestAddress() >>> PAGE_SHIFT, region.memory().address(), flags)::encode);
	}

	/** What the structure cannot say, the driver cannot refuse. */
	private void check(MemoryRegion region) {
		descriptor.requireOpen();
		if (!region.memory().isNative() || (region.guestAddress() & MemoryRegion.PAGE_SIZE - 1) != 0) {
			throw new HypervisorException("memory on the heap, or at no page of the guest", Errno.EINVAL);
		}
	}

	@Override
	public List<MemoryRegion> memoryRegions() {
		lock.lock();
		try {
			descriptor.requireOpen();
			return List.copyOf(regions.values());
		} finally {
			lock.unlock();
		}
	}

	@Override
	public void assertInterrupt(InterruptRequest request) {
		if (request.vector() < 0 || request.vector() > 0xFF) {
			descriptor.requireOpen();
			throw new HypervisorException("vector " + request.vector(), Errno.EINVAL);
		}
		int flags = (request.levelTriggered() ? 1 : 0) | (request.logical() ? 2 : 0);
		calls.call(CallCode.ASSERT_VIRTUAL_INTERRUPT, 0, AssertVirtualInterruptInput.SIZE, new AssertVirtualInterruptInput(0,
			request.type().ordinal(), flags, request.destination(), request.vector(), 0)::encode, 0);
	}

	@Override
	public void setMsiRouting(List<MsiRoute> routes) {
		MshvUserIrqTable table = new MshvUserIrqTable(routes);
		descriptor.require("interrupt routes", MshvIoctl.SET_MSI_ROUTING, table.size(), table::encode);
	}

	@Override
	public void assignIrqfd(Event event, int gsi) {
		assignIrqfd(event, null, gsi);
	}

	@Override
	public void assignIrqfd(Event event, Event resample, int gsi) {
		bindings.assign(event, resample, gsi);
	}

	@Override
	public void deassignIrqfd(Event event, int gsi) {
		bindings.deassign(event, gsi);
	}

	@Override
	public void assignIoeventfd(DoorbellRequest request) {
		bindings.assign(request);
	}

	@Override
	public void deassignIoeventfd(DoorbellRequest request) {
		bindings.deassign(request);
	}

	@Override
	public void installIntercept(int access, int type, long parameter) {
		calls.call(CallCode.INSTALL_INTERCEPT, 0, InstallInterceptInput.SIZE, new InstallInterceptInput(0, access, type, parameter)::encode, 0);
	}

	@Override
	public void registerInterceptResult(int vpIndex, InterceptResult result) {
		calls.call(CallCode.REGISTER_INTERCEPT_RESULT, 0, InterceptResultInput.SIZE + CpuidInterceptResult.SIZE,
			input -> InterceptResultInput.encode(0, vpIndex, result, input), 0);
	}

	@Override
	public void clearVirtualInterrupt() {
		calls.call(CallCode.CLEAR_VIRTUAL_INTERRUPT, 0, ID_SIZE, _ -> {}, 0);
	}

	@Override
	public boolean signalEventDirect(int vpIndex, int sint, int flag) {
		if (sint < 0 || sint > 0xFF || flag < 0 || flag > 0xFFFF) {
			descriptor.requireOpen();
			throw new HypervisorException("event flag " + flag + " of SINT " + sint, Errno.EINVAL);
		}
		return calls.call(CallCode.SIGNAL_EVENT_DIRECT, 0, SignalEventDirectInput.SIZE,
			new SignalEventDirectInput(0, vpIndex, 0, sint, flag)::encode, 8).get(JAVA_BYTE, 0) != 0;
	}

	@Override
	public void postMessageDirect(int vpIndex, int sint, byte[] message) {
		if (message.length != PostMessageDirectInput.MESSAGE_SIZE) {
			descriptor.requireOpen();
			throw new HypervisorException("message of " + message.length + " bytes", Errno.EINVAL);
		}
		calls.call(CallCode.POST_MESSAGE_DIRECT, 0, PostMessageDirectInput.SIZE,
			new PostMessageDirectInput(0, vpIndex, 0, sint, message)::encode, 0);
	}

	@Override
	public long[] pageAccess(PageAccess type, PageAccessOperation operation, long firstGfn, long pageCount) {
		descriptor.requireOpen();
		if (pageCount < 1 || pageCount > Integer.MAX_VALUE) {
			throw new HypervisorException(pageCount + " pages", Errno.EINVAL);
		}
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment bitmap = arena.allocate((pageCount + Long.SIZE - 1) / Long.SIZE * Long.BYTES, Long.BYTES);
			descriptor.require("accesses to " + pageCount + " pages", MshvIoctl.GET_GPAP_ACCESS_BITMAP, MshvGpapAccessBitmap.SIZE,
				new MshvGpapAccessBitmap(type.ordinal(), operation.ordinal(), pageCount, firstGfn, bitmap.address())::encode);
			return bitmap.toArray(JAVA_LONG);
		}
	}

	@Override
	public void modifyHostAccess(HostAccessChange change) {
		MshvModifyGpaHostAccess request = new MshvModifyGpaHostAccess(change.acquire(), change.readable(), change.writable(),
			change.largePages(), change.guestPages());
		descriptor.require("access to " + change.guestPages().size() + " pages", MshvIoctl.MODIFY_GPA_HOST_ACCESS, request.size(),
			request::encode);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return calls.make(call);
	}

	/** The partition itself ends with the last of the descriptors. */
	@Override
	public void close() {
		List<NativeProcessor> left;
		lock.lock();
		try {
			if (closed) {
				return;
			}
			closed = true;
			left = new ArrayList<>(processors.values());
			// No processor is added any more
			descriptor.close();
			regions.clear();
		} finally {
			lock.unlock();
		}
		bindings.close();
		left.forEach(NativeProcessor::suspend);
		left.forEach(NativeProcessor::close);
		hypervisor.remove(this);
	}
}
