package mshv.shell.fake;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HostAccessChange;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.InterceptResult;
import mshv.api.InterruptRequest;
import mshv.api.MemoryRegion;
import mshv.api.MsiRoute;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.VpStatistics;
import mshv.api.event.Event;

/** Makes partitions whose processors play a list of intercepts and are idle then. Linear addresses are physical up to 1 GiB. */
public final class FakeHypervisor implements Hypervisor {
	private static final long MAPPED = 1L << 30;

	private final String name;
	private final List<Intercept> script;
	private final List<FakePartition> open = new CopyOnWriteArrayList<>();
	/** Interrupts that were asserted. */
	public final List<InterruptRequest> asserted = new CopyOnWriteArrayList<>();

	/** @param name of the backend @param script what each processor does */
	public FakeHypervisor(String name, Intercept... script) {
		this.name = name;
		this.script = List.of(script);
	}

	@Override
	public String backend() {
		return name;
	}

	@Override
	public long getProperty(int property) {
		throw new HypervisorException("property " + property, HvStatus.UNKNOWN_PROPERTY);
	}

	@Override
	public byte[] getPropertyEx(int property, long argument) {
		throw new HypervisorException("property " + property, HvStatus.UNKNOWN_PROPERTY);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		throw new HypervisorException("call " + call.code(), Errno.EINVAL);
	}

	@Override
	public Partition createPartition(PartitionConfig config) {
		FakePartition partition = new FakePartition();
		open.add(partition);
		return partition;
	}

	@Override
	public List<Partition> partitions() {
		return List.copyOf(open);
	}

	private final class FakePartition implements Partition {
		private final List<VirtualProcessor> processors = new ArrayList<>();
		private final List<MemoryRegion> regions = new ArrayList<>();

		@Override
		public long id() {
			return 7;
		}

		@Override
		public Hypervisor hypervisor() {
			return FakeHypervisor.this;
		}

		@Override
		public void initialize() {
			// Nothing to do
		}

		@Override
		public long getProperty(int property) {
			return 0;
		}

		@Override
		public void setProperty(int property, long value) {
			// Time does not pass
		}

		@Override
		public VirtualProcessor createVirtualProcessor(int index) {
			processors.add(new FakeProcessor(this, index));
			return processors.getLast();
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
			asserted.add(request);
		}

		@Override
		public void setMsiRouting(List<MsiRoute> routes) {
			// Nobody interrupts
		}

		@Override
		public void assignIrqfd(Event event, int gsi) {
			// Nobody interrupts
		}

		@Override
		public void assignIrqfd(Event event, Event resample, int gsi) {
			// Nobody interrupts
		}

		@Override
		public void assignIoeventfd(DoorbellRequest request) {
			// Nobody rings
		}

		@Override
		public void deassignIoeventfd(DoorbellRequest request) {
			// Nobody rings
		}

		@Override
		public void deassignIrqfd(Event event, int gsi) {
			// Nobody interrupts
		}

		@Override
		public void installIntercept(int access, int type, long parameter) {
			if (type == 3) {
				throw new HypervisorException("no intercepts of exceptions", Errno.EINVAL);
			}
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
			open.remove(this);
		}
	}

	private final class FakeProcessor implements VirtualProcessor {
		private final Partition partition;
		private final int index;
		private final Map<Register, RegisterValue> registers = new EnumMap<>(Register.class);
		private final MemorySegment page = Arena.ofAuto().allocate(4096, 4096);
		private int played;
		private boolean interrupted;

		FakeProcessor(Partition partition, int index) {
			this.partition = partition;
			this.index = index;
		}

		@Override
		public int index() {
			return index;
		}

		@Override
		public Partition partition() {
			return partition;
		}

		@Override
		public synchronized Intercept run() {
			if (!interrupted && played < script.size()) {
				return script.get(played++);
			}
			while (!interrupted) {
				try {
					wait();
				} catch (InterruptedException e) {
					throw new AssertionError(e);
				}
			}
			interrupted = false;
			return Intercept.Interrupted.INSTANCE;
		}

		@Override
		public synchronized void interrupt() {
			interrupted = true;
			notifyAll();
		}

		@Override
		public synchronized List<RegisterValue> getRegisters(List<Register> names) {
			return names.stream().map(name -> registers.getOrDefault(name, RegisterValue.of(0))).toList();
		}

		@Override
		public synchronized void setRegisters(Map<Register, RegisterValue> values) {
			registers.putAll(values);
		}

		@Override
		public byte[] getState(VpState state) {
			return new byte[4096];
		}

		@Override
		public void setState(VpState state, byte[] bytes) {
			throw new UnsupportedOperationException("nobody restores state");
		}

		@Override
		public Translation translate(long address, long flags) {
			return address >= 0 && address < MAPPED ? new Translation(Translation.Result.SUCCESS, address)
				: new Translation(Translation.Result.PAGE_NOT_PRESENT, 0);
		}

		@Override
		public List<CpuidResult> cpuidValues(List<CpuidQuery> queries, boolean ownStates, boolean registered) {
			throw new HypervisorException("CPUID", HvStatus.INVALID_HYPERCALL_CODE);
		}

		@Override
		public GpaAccess readGpa(long address, int size) {
			throw new HypervisorException("reading", HvStatus.INVALID_HYPERCALL_CODE);
		}

		@Override
		public GpaAccess.Result writeGpa(long address, byte[] data) {
			throw new HypervisorException("writing", HvStatus.INVALID_HYPERCALL_CODE);
		}

		@Override
		public PassThroughResult passThrough(PassThroughCall call) {
			throw new HypervisorException("call " + call.code(), Errno.EINVAL);
		}

		@Override
		public MemorySegment registerPage() {
			return page;
		}

		@Override
		public MemorySegment interceptPage() {
			return page;
		}

		@Override
		public VpStatistics statistics() {
			return new VpStatistics(5_000_000, 100_000_000, 17, 3);
		}
	}
}
