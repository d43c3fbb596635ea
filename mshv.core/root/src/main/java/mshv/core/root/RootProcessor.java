package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.VpStatistics;
import mshv.api.abi.RegisterAssociation;

/** A virtual processor of a partition. */
final class RootProcessor implements VirtualProcessor {
	/** Counters of the statistics page. */
	private static final int COUNTER_INSTRUCTIONS = 0;
	private static final int COUNTER_INTERRUPTS = 1;
	/** What a counter shows without a page. */
	private static final long NOT_COUNTED = -1;

	/** Flags of HVCALL_GET_VP_CPUID_VALUES. */
	private static final int CPUID_OWN_STATES = 1, CPUID_REGISTERED = 2;
	private static final long PAGE_OFFSET = 4095;
	/** Longest wait for signals that were sent. */
	private static final long SIGNALS_NANOSECONDS = 1_000_000_000;

	private final RootPartition partition;
	private final Hypercalls calls;
	private final VpPages pages;
	private final int index;
	private final SharedRegisters shared;
	private final Runner runner;
	/** Signals of the hypervisor's scheduler that have arrived. */
	private final AtomicLong signals = new AtomicLong();

	/** @param dispatchPages {@link Dispatcher#PAGES_SIZE} bytes, null if the hypervisor schedules the processor itself */
	RootProcessor(RootPartition partition, Hypercalls calls, int index, VpPages pages, MemorySegment dispatchPages) {
		this.partition = partition;
		this.calls = calls;
		this.index = index;
		this.pages = pages;
		shared = new SharedRegisters(pages.registers());
		runner = dispatchPages != null
			? new Dispatcher(calls, partition.id(), index, pages.intercept(), dispatchPages, partition.ownIntercepts())
			: new ScheduledRunner(calls, partition.id(), index, pages.intercept(), partition.ownIntercepts());
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
	public Intercept run() {
		return runner.run();
	}

	@Override
	public void interrupt() {
		partition.requireOpen();
		try {
			runner.interrupt();
		} catch (HypervisorException e) {
			// Closed meanwhile: that ended the run
			partition.requireOpen();
			throw e;
		}
	}

	/** The hypervisor says that the processor is ready. */
	void signalled() {
		signals.incrementAndGet();
		runner.kick();
	}

	/** Something has changed that the processor may wait for. */
	void kick() {
		runner.kick();
	}

	/** The hypervisor says that the processor is intercepted. */
	void intercepted() {
		runner.intercepted();
	}

	/** Ends the run that is under way, and lets none begin again; does not wait. */
	void suspend() {
		runner.close();
	}

	/** Waits for the run that was under way; then the processor may not be dispatched any more. */
	void awaitSuspended() {
		runner.awaitLeft();
		if (runner instanceof Dispatcher) {
			set(Register.DISPATCH_SUSPEND, 1);
			awaitSignals();
		}
	}

	/** From now on the hypervisor signals the processor no more, and says how often it has: waits for signals on their way. Not for ever,
	 * as whoever brings them may have gone; one that comes later finds no partition and does nothing. */
	private void awaitSignals() {
		long sent = calls.getRegisters(partition.id(), index, List.of(Register.VP_ROOT_SIGNAL_COUNT)).getFirst().low();
		long start = System.nanoTime();
		while (signals.get() < sent && System.nanoTime() - start < SIGNALS_NANOSECONDS) {
			LockSupport.parkNanos(SIGNALS_NANOSECONDS / 1000);
		}
	}

	private void set(Register register, long value) {
		calls.setRegisters(partition.id(), index, List.of(new RegisterAssociation(register.code(), value, 0)));
	}

	@Override
	public List<RegisterValue> getRegisters(List<Register> registers) {
		partition.requireOpen();
		if (registers.isEmpty()) {
			throw new HypervisorException("no registers", Errno.EINVAL);
		}
		List<RegisterValue> values = partition.whileOpen(() -> getShared(registers));
		return values != null ? values : calls.getRegisters(partition.id(), index, registers);
	}

	/** Takes from the page what it holds, and the rest from the hypervisor.
	 * @return null if the page is of no use, or the processor ran meanwhile */
	private List<RegisterValue> getShared(List<Register> registers) {
		long stamp = runner.control().idleStamp();
		if (stamp < 0 || !shared.valid()) {
			return null;
		}
		List<RegisterValue> values = new ArrayList<>(registers.size());
		List<Register> others = new ArrayList<>();
		for (Register register : registers) {
			RegisterValue value = shared.get(register);
			values.add(value);
			if (value == null) {
				others.add(register);
			}
		}
		if (!others.isEmpty()) {
			var rest = calls.getRegisters(partition.id(), index, others).iterator();
			values.replaceAll(value -> value != null ? value : rest.next());
		}
		return runner.control().stillIdle(stamp) ? values : null;
	}

	/** A processor that waits is dispatched anew: what was written may be what it waits for. */
	@Override
	public void setRegisters(Map<Register, RegisterValue> values) {
		partition.requireOpen();
		if (values.isEmpty()) {
			throw new HypervisorException("no registers", Errno.EINVAL);
		}
		List<RegisterAssociation> written = new ArrayList<>(values.size());
		values.forEach((register, value) -> written.add(new RegisterAssociation(register.code(), value.low(), value.high())));
		calls.setRegisters(partition.id(), index, written);
		runner.kick();
	}

	@Override
	public byte[] getState(VpState state) {
		partition.requireOpen();
		return partition.stateBlocks().get(index, state);
	}

	@Override
	public void setState(VpState state, byte[] bytes) {
		partition.requireOpen();
		partition.stateBlocks().set(index, state, bytes);
		runner.kick();
	}

	@Override
	public Translation translate(long address, long flags) {
		partition.requireOpen();
		return calls.translate(partition.id(), index, address, flags);
	}

	@Override
	public List<CpuidResult> cpuidValues(List<CpuidQuery> queries, boolean ownStates, boolean registered) {
		partition.requireOpen();
		if (queries.isEmpty()) {
			throw new HypervisorException("no leaves", Errno.EINVAL);
		}
		return calls.cpuidValues(partition.id(), index, queries, (ownStates ? CPUID_OWN_STATES : 0) | (registered ? CPUID_REGISTERED : 0));
	}

	@Override
	public GpaAccess readGpa(long address, int size) {
		partition.requireOpen();
		checkAccess(address, size);
		return calls.readGpa(partition.id(), index, address, size);
	}

	@Override
	public GpaAccess.Result writeGpa(long address, byte[] data) {
		partition.requireOpen();
		checkAccess(address, data.length);
		return calls.writeGpa(partition.id(), index, address, data);
	}

	private static void checkAccess(long address, int size) {
		if (size < 1 || size > GpaAccess.MAX_SIZE || (address & PAGE_OFFSET) + size > PAGE_OFFSET + 1) {
			throw new HypervisorException("access to " + size + " bytes at 0x" + Long.toHexString(address), Errno.EINVAL);
		}
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		partition.requireOpen();
		return partition.passThrough(PassThrough.Handle.PROCESSOR, call);
	}

	@Override
	public MemorySegment registerPage() {
		partition.requireOpen();
		return pages.registers();
	}

	@Override
	public MemorySegment interceptPage() {
		partition.requireOpen();
		return pages.intercept();
	}

	@Override
	public VpStatistics statistics() {
		partition.requireOpen();
		return partition.whileOpen(() -> new VpStatistics(counter(COUNTER_INSTRUCTIONS), runTime(), runner.intercepts(),
			counter(COUNTER_INTERRUPTS)));
	}

	private long runTime() {
		return 100 * calls.getRegisters(partition.id(), index, List.of(Register.VP_RUNTIME)).getFirst().low();
	}

	private long counter(int number) {
		return pages.statistics() == null ? NOT_COUNTED : pages.statistics().get(JAVA_LONG, 8L * number);
	}

	/** Unmaps the pages and nothing more: the processor itself ends with its partition. */
	void close() {
		pages.unmap();
	}
}
