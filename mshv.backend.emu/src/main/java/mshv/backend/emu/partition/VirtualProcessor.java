package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Queue;
import java.util.stream.Collectors;

import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.Translation;
import mshv.api.abi.CpuidInterceptResult;
import mshv.backend.emu.apic.ApicOwner;
import mshv.backend.emu.apic.ApicState;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.guest.ModelRegisters;
import mshv.backend.emu.guest.SyntheticMsrs;
import mshv.backend.emu.guest.VpClock;
import mshv.backend.emu.guestcall.GuestCalls;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.synic.SynicMsrs;

/**
 * A virtual processor: runs guest code on the thread that dispatches it, and lets other threads at its state between instructions.
 * <p>
 * What other threads want of a running processor is noted in a volatile field, then the engine is asked to stop; it stops at the next
 * instruction boundary, and the running thread looks at all of these fields.
 */
public final class VirtualProcessor implements ApicOwner {
	private static final System.Logger LOG = System.getLogger(VirtualProcessor.class.getName());

	/** State pages: registers, intercept message. */
	public static final int REGISTER_PAGE = 0, INTERCEPT_PAGE = 1;

	/** Pages of the pool that a processor costs: its state pages, the VP assist page, the SynIC's pages, translation tables. */
	static final int POOL_PAGES = 35;

	private static final int AT_REST = Dispatch.outcome(Dispatch.BLOCKED, Dispatch.NONE);
	private static final int ASSIST_PAGE = 2, MESSAGE_PAGE = 3, EVENT_PAGE = 4;
	/** In the page of the local APIC's state: one more than the number of messages that wait, 0 if it says nothing; and the messages. */
	private static final int WAITING_COUNT_AT = 252, WAITING_AT = 256;

	private final Partition partition;
	private final int index;
	private final long[] poolPages;
	private final Engine engine;
	private final Cpu cpu;
	private final LocalApic apic;
	private final ProcessorPlatform platform;
	private final Suspension suspension;
	private final Activity activity;
	private final GuestExecution execution;
	private final RegisterFile registers;
	private final RegisterPageMirror mirror;
	private final InterceptWriter intercept;
	private final StatisticsPage statistics;
	private final GuestPages guestPages;
	private final DeliverabilityNotifications notifications;
	private final Ownership ownership = new Ownership();
	private final Runnable stop = this::stop;
	private final TimeSlice slice;
	private final OwnTimers ownTimers = new OwnTimers(ownership);
	private final RunTime runTime;

	// Touched by the running thread, or a borrower
	private final BitSet endedInterrupts = new BitSet();
	/** Start-up IPIs that the processor sent and the root is to hear of. */
	private final Queue<Startup> interceptedStartups = new ArrayDeque<>();

	/** A start-up IPI. @param target processor that it is for */
	private record Startup(int target, int vector) {}

	VirtualProcessor(Partition partition, int index, long[] poolPages) {
		this.partition = partition;
		this.index = index;
		this.poolPages = poolPages;
		for (int i = 0; i <= EVENT_PAGE; i++) {
			RAW.fill(address(i), PhysicalMemory.PAGE_SIZE, (byte) 0);
		}
		var guest = partition.guest();
		VpClock clock = new VpClock(guest.clock());
		apic = new LocalApic(index, guest.features().apic(), guest.features().x2apic(), index == 0, partition.bus(), this, clock,
			partition.host().timers(), ownTimers);
		SyntheticMsrs synthetic = new SyntheticMsrs(guest, index, new GuestRequests(), apic, address(ASSIST_PAGE));
		SynicMsrs synic = new SynicMsrs(guest, apic, partition.host().timers(), ownTimers, address(MESSAGE_PAGE),
			address(EVENT_PAGE), this::sintDeliverable);
		platform = new ProcessorPlatform(guest, partition.leaves(), apic, clock, new ModelRegisters(guest.features()), synthetic,
			synic, partition.intercepts(), partition.properties(), partition::processorCount,
			new GuestCalls(new PartitionCaller(this), partition.physicalMemory()));
		engine = new Engine(partition.physicalMemory(), platform, partition.arena(), partition.host().translationThreshold());
		cpu = engine.cpu();
		cpu.requests.setRunning(ownership::running);
		cpu.features = guest.features().processor();
		notifications = new DeliverabilityNotifications(cpu, synic.synic(), guest.features().apic(), synic.synicOffered());
		platform.connect(notifications);
		intercept = new InterceptWriter(this, cpu, partition.id(), address(INTERCEPT_PAGE));
		suspension = new Suspension(this);
		activity = new Activity(this, suspension, cpu, apic, intercept, index != 0 && guest.features().apic());
		execution = new GuestExecution(this, engine, platform, activity, suspension, intercept);
		slice = new TimeSlice(partition.host().timers(), stop);
		ownTimers.connect(engine, apic, synic.timers(), suspension);
		runTime = new RunTime(partition.host().awake());
		registers = new RegisterFile(this, cpu, platform);
		mirror = new RegisterPageMirror(this, cpu, address(REGISTER_PAGE));
		statistics = new StatisticsPage(partition.pool(), engine);
		guestPages = new GuestPages(partition.physicalMemory());
		mirror.refresh();
		stop();
	}

	private long address(int poolPage) {
		return poolPages[poolPage] << PhysicalMemory.PAGE_SHIFT;
	}

	/** @return index in the partition, also the initial APIC id */
	public int index() {
		return index;
	}

	/** @return the partition */
	public Partition partition() {
		return partition;
	}

	/** @param type {@link #REGISTER_PAGE} or {@link #INTERCEPT_PAGE}
	 * @return the root's page number of a state page */
	public long statePage(int type) {
		return poolPages[type];
	}

	Cpu cpu() {
		return cpu;
	}

	LocalApic apic() {
		return apic;
	}

	VpClock clock() {
		return platform.clock();
	}

	RegisterFile registers() {
		return registers;
	}

	/** @return the SynIC and the synthetic timers */
	public SynicMsrs synic() {
		return platform.synic();
	}

	long[] poolPages() {
		return poolPages;
	}

	/** @return the page of counters that the root may share; the processor stands while the root changes that */
	public StatisticsPage statistics() {
		return statistics;
	}

	// Running

	/** Runs the processor on this thread (HVCALL_DISPATCH_VP).
	 * @param flags of {@link Dispatch}
	 * @param timeSlice longest time to run in 100 ns, 0 for no limit
	 * @return an outcome of {@link Dispatch} */
	public int dispatch(int flags, long timeSlice) {
		if (suspension.awaited()) {
			return Dispatch.REFUSED;
		}
		int outcome = runOnce(flags, timeSlice);
		while (outcome == AT_REST && timeSlice == 0 && !partition.stands() && ownTimers.await()) {
			outcome = runOnce(0, 0);
		}
		if (outcome != Dispatch.REFUSED) {
			ownTimers.leave();
		}
		return outcome;
	}

	private int runOnce(int flags, long timeSlice) {
		if (!ownership.beginRun()) {
			return Dispatch.REFUSED;
		}
		ownTimers.enter();
		cpu.requests.begin();
		try {
			return suspension.closed() ? Dispatch.REFUSED : run(flags, timeSlice);
		} finally {
			ownership.endRun();
		}
	}

	private int run(int flags, long timeSlice) {
		suspension.dispatched((flags & Dispatch.CLEAR_INTERCEPT_SUSPEND) != 0);
		mirror.load();
		execution.countIterations();
		if ((flags & Dispatch.SCAN_INTERRUPT_INJECTION) != 0) {
			mirror.takeInterruptVectors(apic);
		}
		int outcome = (cpu.attention & Cpu.ATTENTION_STOP) == 0 && !suspension.byIntercept() ? Dispatch.CONTINUE : interrupted();
		if (outcome != Dispatch.CONTINUE) {
			return ended(outcome);
		}
		if (!activity.executes()) {
			apic.pollTimer();
			synic().timers().poll();
			outcome = activity.rest();
			if (outcome != Dispatch.CONTINUE) {
				return ended(outcome);
			}
		}
		if (timeSlice != 0) {
			slice.begin(timeSlice);
		}
		mirror.invalidate();
		cpu.interceptedExceptions = partition.intercepts().exceptions();
		if (cpu.shared && !execution.undisturbed()) {
			partition.physicalMemory().rootWrites().returned();
		}
		runTime.goOn();
		try {
			return ended(execution.execute());
		} finally {
			if (timeSlice != 0) {
				slice.end();
			}
			mirror.refresh();
			statistics.update();
		}
	}

	private int ended(int outcome) {
		if (Dispatch.state(outcome) == Dispatch.BLOCKED || Dispatch.event(outcome) == Dispatch.INTERCEPT && !execution.atDevice()) {
			runTime.pause();
		}
		return outcome;
	}

	/** Looks at everything that may keep the processor from running on, at an instruction boundary; what does is looked at again before
	 * the next run. */
	int interrupted() {
		int outcome = reasonToStop();
		if (outcome != Dispatch.CONTINUE) {
			stop();
		}
		return outcome;
	}

	private int reasonToStop() {
		if (ownership.wanted()) {
			ownership.pause();
			mirror.invalidate();
		}
		if (suspension.closed()) {
			return Dispatch.outcome(Dispatch.BLOCKED, Dispatch.SUSPEND);
		}
		activity.look();
		int outcome = suspension.look();
		if (outcome != Dispatch.CONTINUE) {
			return outcome;
		}
		if (!endedInterrupts.isEmpty()) {
			int vector = endedInterrupts.length() - 1;
			endedInterrupts.clear(vector);
			intercept.endOfInterrupt(vector);
			return execution.intercepted();
		}
		Startup startup = interceptedStartups.poll();
		if (startup != null) {
			intercept.startup(startup.target, startup.vector);
			return execution.intercepted();
		}
		if (notifications.write(intercept)) {
			return execution.intercepted();
		}
		if (slice.over()) {
			return Dispatch.outcome(Dispatch.READY, Dispatch.NONE);
		}
		return activity.executes() ? Dispatch.CONTINUE : activity.rest();
	}

	// From other threads

	/** The root has suspended the processor: if it executes, time goes on until it stands. */
	void suspended() {
		stop();
		if (!ownership.running()) {
			runTime.pause();
		}
	}

	/** Makes a run look around at the next instruction boundary, or before its first instruction. */
	void stop() {
		cpu.requestAttention(Cpu.ATTENTION_STOP);
	}

	@Override
	public void interruptPending() {
		cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
		suspension.wake();
	}

	@Override
	public boolean nmiMasked() {
		return cpu.nmiMasked;
	}

	@Override
	public void initReceived() {
		activity.initReceived();
	}

	@Override
	public void startupReceived(int vector) {
		activity.startupReceived(vector);
	}

	@Override
	public void interruptEnded() {
		synic().interruptEnded();
	}

	@Override
	public void levelInterruptEnded(int vector) {
		endedInterrupts.set(vector);
		stop();
	}

	@Override
	public boolean startupIntercepted(int apicId, int vector) {
		if (!partition.intercepts().startup()) {
			return false;
		}
		interceptedStartups.add(new Startup(apicId, vector));
		stop();
		return true;
	}

	/** Guest time goes on. */
	void thawed() {
		apic.clockChanged();
		synic().timers().clockChanged();
		suspension.wake();
	}

	/** There is a notification for the root. */
	private void sintDeliverable() {
		stop();
		suspension.wake();
	}

	/** The partition is suspended no more. */
	void resumed() {
		suspension.wake();
	}

	/** Reference time was set. */
	void referenceTimeChanged() {
		synic().timers().clockChanged();
	}

	/** @return the registers that suspend the processor, and what they bring about */
	public Suspension suspension() {
		return suspension;
	}

	/** @return true if a thread may be executing the guest's code now */
	boolean executes() {
		return ownership.running();
	}

	/** Takes the processor from its run at an instruction boundary, or from rest, to access its state.
	 * @return false if the processor has been deleted: it is not borrowed, and its state is gone */
	public boolean borrow() {
		ownership.borrow(stop);
		if (suspension.closed()) {
			ownership.giveBack();
			return false;
		}
		mirror.load();
		return true;
	}

	/** Gives the processor back after {@link #borrow}. */
	public void giveBack() {
		mirror.refresh();
		ownership.giveBack();
		partition.settle();
	}

	/** Waits until a processor that the hypervisor executes, and that was suspended, stands: from now on it is not intercepted any more. */
	public void settle() {
		if (partition.host().scheduler().ofHypervisor() && suspension.explicit() && borrow()) {
			giveBack();
		}
	}

	/** Ends every run for good: the processor goes away. */
	void close() {
		suspension.close();
		ownership.borrow(stop);
		runTime.pause();
		apic.close();
		platform.synthetic().close();
		synic().close();
		engine.close();
		statistics.unmap();
		ownership.giveBack();
	}

	// While borrowed

	/** Reads a register; the value is then in {@link #low} and {@link #high}. @return false if there is none with this name */
	public boolean readRegister(int name) {
		return registers.read(name);
	}

	/** @return bits 0-63 of the register read last */
	public long low() {
		return registers.low();
	}

	/** @return bits 64-127 of the register read last */
	public long high() {
		return registers.high();
	}

	/** Writes a register. @return see {@link RegisterFile#write} */
	public HvStatus writeRegister(int name, long low, long high) {
		return registers.write(name, low, high);
	}

	GuestExecution execution() {
		return execution;
	}

	Activity activity() {
		return activity;
	}

	/** Translates a guest-virtual address. @param flags HV_TRANSLATE_GVA control flags */
	public Translation.Result translate(long linear, long flags) {
		return execution.translate(linear, flags);
	}

	/** @return guest-physical address that the last successful translation found */
	public long translated() {
		return execution.translated();
	}

	/** Reads guest memory. @param to host address */
	public GpaAccess.Result readGpa(long gpa, int size, long to) {
		return guestPages.read(apic.page(), gpa, size, to);
	}

	/** Writes guest memory. @param from host address */
	public GpaAccess.Result writeGpa(long gpa, int size, long from) {
		return guestPages.write(apic.page(), gpa, size, partition.overlaid(gpa >>> PhysicalMemory.PAGE_SHIFT), from);
	}

	/** Fills in what CPUID gives. @param registered whether what the root has registered is applied */
	public void cpuid(int leaf, int subleaf, boolean registered, int[] result) {
		platform.cpuid(leaf, subleaf, registered, result);
	}

	/** Registers what CPUID gives. Any thread. */
	public void registerCpuid(CpuidInterceptResult result) {
		platform.cpuidResults().register(result);
	}

	/** Registers what accesses to an MSR do that the root would be asked about, or that does not exist. Any thread.
	 * @param access HV_INTERCEPT_ACCESS_MASK */
	public void registerMsr(int msr, int access, boolean ignore) {
		platform.msrResults().register(msr, access, ignore ? MsrResults.Action.IGNORE : MsrResults.Action.FAULT);
	}

	/** Writes the local APIC's state, and behind it the messages that wait for the SynIC's slots. @param at host address of a page */
	public void saveApic(long at) {
		RAW.fill(at, PhysicalMemory.PAGE_SIZE, (byte) 0);
		ApicState.save(apic, at);
		RAW.putInt(at + WAITING_COUNT_AT, 1 + synic().synic().saveWaiting(at + WAITING_AT));
	}

	/** Restores the local APIC's state, and the messages that wait for the SynIC's slots, if the page says how many there are.
	 * @param at host address of a page
	 * @return false if these can be no messages: nothing has changed */
	public boolean restoreApic(long at) {
		int count = RAW.getInt(at + WAITING_COUNT_AT);
		if (count != 0 && !synic().synic().restoreWaiting(at + WAITING_AT, count - 1)) {
			return false;
		}
		ApicState.restore(apic, at);
		execution.contextChanged();
		return true;
	}

	/** Writes the x87 and SSE state. @param at host address of {@link XsaveArea#SIZE} bytes */
	public void saveExtended(long at) {
		XsaveArea.save(cpu, at);
	}

	/** Restores the x87 and SSE state. @return false if it has a reserved bit set */
	public boolean restoreExtended(long at) {
		return XsaveArea.restore(cpu, at);
	}

	/** What the guest asks of its processor through synthetic MSRs; on the processor's thread, or while it stands. */
	private final class GuestRequests implements SyntheticMsrs.Owner {
		@Override
		public long runtime() {
			return runTime.register();
		}

		@Override
		public void idle() {
			activity.idle();
		}

		@Override
		public void crashed(long[] parameters) {
			LOG.log(Level.WARNING, () -> "partition " + partition.id() + ", processor " + index + ": the guest reports a crash, "
				+ Arrays.stream(parameters).mapToObj(Long::toHexString).collect(Collectors.joining(" ")));
		}
	}
}
