package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
import mshv.api.abi.CallCode;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.driver.EventBindings;
import mshv.api.driver.Synic;
import mshv.api.event.Event;

/**
 * A partition. What changes its parts takes one lock; interrupts, registers and runs take none: the hypervisor itself refuses them once
 * the partition is gone.
 */
final class RootPartition implements Partition {
	/** MSHV_MAX_VPS. */
	private static final int MAX_PROCESSORS = 256;
	/** Offset of the processor's index in the input of most calls. */
	private static final int VP_INDEX = 8;

	private final RootHypervisor hypervisor;
	private final Hypercalls calls;
	private final long id;
	private final Arena arena = Arena.ofShared();
	private final ReentrantLock lock = new ReentrantLock();
	private final AtomicReferenceArray<RootProcessor> processors = new AtomicReferenceArray<>(MAX_PROCESSORS);
	private final GuestMemory memory;
	private final OwnIntercepts ownIntercepts;
	private final PartitionEvents events;
	private final PartitionPorts ports;
	private final AsyncCall asyncCall = new AsyncCall();
	private final StateBlocks stateBlocks;
	private boolean initialized;
	private volatile boolean closed;

	RootPartition(RootHypervisor hypervisor, Hypercalls calls, Synic synic, long id, boolean largePages) {
		this.hypervisor = hypervisor;
		this.calls = calls;
		this.id = id;
		memory = new GuestMemory(calls, id, largePages);
		ownIntercepts = new OwnIntercepts(memory, this::interruptEnded);
		stateBlocks = new StateBlocks(calls, id);
		ports = new PartitionPorts(calls, arena);
		events = new PartitionEvents(new EventTarget(calls, synic, id));
	}

	@Override
	public long id() {
		return id;
	}

	@Override
	public Hypervisor hypervisor() {
		return hypervisor;
	}

	StateBlocks stateBlocks() {
		return stateBlocks;
	}

	PartitionPorts ports() {
		return ports;
	}

	void useEventBindings(EventBindings.Factory factory) {
		events.use(factory);
	}

	/** @throws HypervisorException (INVALID_PARTITION_ID) once the partition is closed */
	void requireOpen() {
		if (closed) {
			throw RootHypervisor.gone();
		}
	}

	/** Reads shared pages: if the partition is closed meanwhile, that is the error. */
	<T> T whileOpen(Supplier<T> reader) {
		try {
			return reader.get();
		} catch (IllegalStateException e) {
			requireOpen();
			throw e;
		}
	}

	private void change(Runnable change) {
		lock.lock();
		try {
			requireOpen();
			change.run();
		} finally {
			lock.unlock();
		}
	}

	@Override
	public void initialize() {
		change(() -> {
			if (!initialized) {
				calls.initializePartition(id);
				initialized = true;
			}
		});
	}

	@Override
	public long getProperty(int property) {
		requireOpen();
		return calls.getProperty(id, property);
	}

	@Override
	public void setProperty(int property, long value) {
		requireOpen();
		asyncCall.make("HVCALL_SET_PARTITION_PROPERTY", () -> calls.setProperty(id, property, value));
	}

	/** The call that was pending is done. */
	void completed(HvStatus status) {
		asyncCall.completed(status);
	}

	@Override
	public VirtualProcessor createVirtualProcessor(int index) {
		if (index < 0 || index >= MAX_PROCESSORS) {
			throw new HypervisorException("processor index " + index, Errno.EINVAL);
		}
		change(() -> {
			if (processors.get(index) != null) {
				throw new HypervisorException("processor " + index + " exists", Errno.EEXIST);
			}
			processors.set(index, create(index));
		});
		return processors.get(index);
	}

	private RootProcessor create(int index) {
		calls.createVp(id, index);
		try {
			VpPages pages = new VpPages(calls, id, index, arena);
			return new RootProcessor(this, calls, index, pages,
				hypervisor.dispatches() ? arena.allocate(Dispatcher.PAGES_SIZE, Dispatcher.PAGES_SIZE) : null);
		} catch (HypervisorException e) {
			calls.deleteVp(id, index);
			throw e;
		}
	}

	@Override
	public List<VirtualProcessor> virtualProcessors() {
		requireOpen();
		return existing().map(VirtualProcessor.class::cast).toList();
	}

	private Stream<RootProcessor> existing() {
		return IntStream.range(0, MAX_PROCESSORS).mapToObj(processors::get).filter(processor -> processor != null);
	}

	/** The hypervisor says that a processor is ready. */
	void signalled(int vp) {
		RootProcessor processor = processor(vp);
		if (processor != null) {
			processor.signalled();
		}
	}

	/** The hypervisor says that a processor is intercepted. */
	void intercepted(int vp) {
		RootProcessor processor = processor(vp);
		if (processor != null) {
			processor.intercepted();
		}
	}

	/** @return the processor, null if there is none with this index, which may be any number */
	private RootProcessor processor(int vp) {
		return vp >= 0 && vp < MAX_PROCESSORS ? processors.get(vp) : null;
	}

	OwnIntercepts ownIntercepts() {
		return ownIntercepts;
	}

	@Override
	public void mapMemory(MemoryRegion region) {
		change(() -> memory.map(region));
	}

	@Override
	public void unmapMemory(MemoryRegion region) {
		change(() -> memory.unmap(region));
	}

	@Override
	public List<MemoryRegion> memoryRegions() {
		requireOpen();
		return memory.regions();
	}

	@Override
	public void assertInterrupt(InterruptRequest request) {
		requireOpen();
		calls.assertInterrupt(id, request);
	}

	@Override
	public void setMsiRouting(List<MsiRoute> routes) {
		requireOpen();
		events.setMsiRouting(routes);
	}

	@Override
	public void assignIrqfd(Event event, int gsi) {
		assignIrqfd(event, null, gsi);
	}

	@Override
	public void assignIrqfd(Event event, Event resample, int gsi) {
		requireOpen();
		events.assign(event, resample, gsi);
	}

	@Override
	public void deassignIrqfd(Event event, int gsi) {
		requireOpen();
		events.deassign(event, gsi);
	}

	@Override
	public void assignIoeventfd(DoorbellRequest request) {
		requireOpen();
		events.assign(request);
	}

	@Override
	public void deassignIoeventfd(DoorbellRequest request) {
		requireOpen();
		events.deassign(request);
	}

	/** The guest has ended a level-triggered interrupt.
	 * @return true if whoever asserts it was told: nobody else needs to know */
	boolean interruptEnded(int vector) {
		return events.interruptEnded(vector);
	}

	@Override
	public void installIntercept(int access, int type, long parameter) {
		requireOpen();
		calls.installIntercept(id, access, type, parameter);
	}

	@Override
	public void registerInterceptResult(int vpIndex, InterceptResult result) {
		requireOpen();
		calls.registerInterceptResult(id, vpIndex, result);
	}

	@Override
	public void clearVirtualInterrupt() {
		requireOpen();
		calls.clearVirtualInterrupt(id);
	}

	@Override
	public boolean signalEventDirect(int vpIndex, int sint, int flag) {
		requireOpen();
		if (sint < 0 || sint > 0xFF || flag < 0 || flag > 0xFFFF) {
			throw new HypervisorException("event flag " + flag + " of SINT " + sint, Errno.EINVAL);
		}
		return calls.signalEventDirect(id, vpIndex, sint, flag);
	}

	@Override
	public void postMessageDirect(int vpIndex, int sint, byte[] message) {
		requireOpen();
		if (message.length != PostMessageDirectInput.MESSAGE_SIZE) {
			throw new HypervisorException("message of " + message.length + " bytes", Errno.EINVAL);
		}
		calls.postMessageDirect(id, vpIndex, sint, message);
	}

	@Override
	public long[] pageAccess(PageAccess type, PageAccessOperation operation, long firstGfn, long pageCount) {
		requireOpen();
		return AccessBitmap.read(calls, id, type, operation, firstGfn, pageCount);
	}

	@Override
	public void modifyHostAccess(HostAccessChange change) {
		change(() -> memory.modifyHostAccess(change));
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		requireOpen();
		return PassThrough.asynchronous(call) ? hypervisor.passThrough().makeAsynchronous(id, call, asyncCall)
			: passThrough(PassThrough.Handle.PARTITION, call);
	}

	/** Makes a call that is completed at once. A processor whose registers were written is dispatched anew: what was written may be what
	 * it waits for. */
	PassThroughResult passThrough(PassThrough.Handle handle, PassThroughCall call) {
		PassThroughResult result = hypervisor.passThrough().make(handle, id, call);
		if (call.code() == CallCode.SET_VP_REGISTERS && result.reps() > 0) {
			// A shorter input goes on in zeroes
			byte[] header = Arrays.copyOf(call.input(), Math.max(call.input().length, VP_INDEX + Integer.BYTES));
			RootProcessor processor = processor(MemorySegment.ofArray(header).get(JAVA_INT_UNALIGNED, VP_INDEX));
			if (processor != null) {
				processor.kick();
			}
		}
		return result;
	}

	/** A refusal by the hypervisor ends no step but its own: what can be given back is given back. */
	@Override
	public void close() {
		lock.lock();
		try {
			if (closed) {
				return;
			}
			closed = true;
			events.close();
			ports.close();
			asyncCall.close();
			if (initialized) {
				existing().forEach(processor -> attempt(processor::suspend));
				existing().forEach(processor -> attempt(processor::awaitSuspended));
				existing().forEach(RootProcessor::close);
				attempt(() -> calls.finalizePartition(id));
			}
			hypervisor.remove(this);
			memory.unmapAll();
			attempt(() -> calls.withdrawAll(id));
			attempt(() -> calls.deletePartition(id));
			arena.close();
		} finally {
			lock.unlock();
		}
	}

	private static void attempt(Runnable step) {
		try {
			step.run();
		} catch (HypervisorException e) {
			// The next steps free more than this one left
		}
	}
}
