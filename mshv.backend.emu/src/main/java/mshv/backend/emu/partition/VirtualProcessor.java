package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.Translation;
import mshv.api.abi.CpuidInterceptResult;
import mshv.backend.emu.apic.ApicOwner;
import mshv.backend.emu.apic.ApicState;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.exec.system.Debug;
import mshv.backend.emu.guest.ModelRegisters;
import mshv.backend.emu.guest.SyntheticMsrs;
import mshv.backend.emu.guest.VpClock;
import mshv.backend.emu.guestcall.GuestCalls;
import mshv.backend.emu.guestcall.StartContext;
import mshv.backend.emu.isa.Flag;
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

	/** Register names of the three suspensions. */
	public static final int EXPLICIT_SUSPEND = 0, INTERCEPT_SUSPEND = 1, DISPATCH_SUSPEND = 3;
	/** Register name of the number of signals that were sent to the root's scheduler. */
	public static final int ROOT_SIGNAL_COUNT = 0x90014;
	/** State pages: registers, intercept message. */
	public static final int REGISTER_PAGE = 0, INTERCEPT_PAGE = 1;

	/** Pages of the pool that a processor costs: its state pages, the VP assist page, the SynIC's pages, translation tables. */
	static final int POOL_PAGES = 35;

	private static final int ASSIST_PAGE = 2, MESSAGE_PAGE = 3, EVENT_PAGE = 4;
	private static final int CONTINUE = -2;
	/** Bits of INTERNAL_ACTIVITY_STATE. */
	private static final int STARTUP_SUSPEND = 1, HALT_SUSPEND = 2, IDLE_SUSPEND = 4;
	private static final int NO_VECTOR = -1;
	private static final int LONGEST_INSTRUCTION = 15;
	/** In the page of the local APIC's state: one more than the number of messages that wait, 0 if it says nothing; and the messages. */
	private static final int WAITING_COUNT_AT = 252, WAITING_AT = 256;

	private static final VarHandle BLOCKED, INTERCEPT_SUSPENDED;

	static {
		try {
			INTERCEPT_SUSPENDED = MethodHandles.lookup().findVarHandle(VirtualProcessor.class, "interceptSuspend", boolean.class);
			BLOCKED = MethodHandles.lookup().findVarHandle(VirtualProcessor.class, "blocked", boolean.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	private final Partition partition;
	private final int index;
	private final long[] poolPages;
	private final Engine engine;
	private final Cpu cpu;
	private final LocalApic apic;
	private final ProcessorPlatform platform;
	private final RegisterFile registers;
	private final RegisterPageMirror mirror;
	private final InterceptWriter intercept;
	private final AddressTranslator translator;
	private final StatisticsPage statistics;
	private final GuestPages guestPages;
	private final DeliverabilityNotifications notifications;
	private final Ownership ownership = new Ownership();
	private final AtomicLong signals = new AtomicLong();
	private final Runnable stop = this::stop;

	private volatile boolean explicitSuspend = true;
	private volatile boolean dispatchSuspend;
	/** Changed at every exit, so without a fence: the end of the run publishes it. */
	private volatile boolean interceptSuspend;
	/** The root waits for a signal before it dispatches again. */
	private volatile boolean blocked;
	private volatile boolean closed;

	// Wanted by other threads
	private volatile boolean initWanted;
	private volatile int startupVector = NO_VECTOR;
	private volatile StartContext startContext;
	private volatile boolean sliceOver;
	private volatile long sliceNumber;

	/** Waits for start-up by another processor. */
	private volatile boolean awaitsStart;
	/** Halted with interrupts disabled, or waiting for start-up: only another processor can end it. */
	private volatile boolean asleep;

	// Touched by the running thread, or a borrower
	private int activity;
	private long pendingInterruption;
	private boolean contextChanged = true;
	/** The guest wants to start the processor with registers that cannot be. */
	private boolean contextRefused;
	private boolean pagingChanged = true;
	private final BitSet endedInterrupts = new BitSet();
	/** The guest asked to be suspended until an interrupt comes. */
	private boolean idleWanted;
	/** Guest time in nanoseconds that the processor has run before it blocked last, exits included: a clock reading for each would make
	 * them dearer. */
	private long ran;
	private boolean awake;
	/** The processor was halted when it executed last, and that was not left to the root. */
	private boolean undisturbed;
	private long wokeUp;
	private final HaltPoll poll = new HaltPoll();
	/** When it came to rest, of {@link System#nanoTime}; 0 while it does not. */
	private long restingSince;
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
			partition.host().timers());
		SyntheticMsrs synthetic = new SyntheticMsrs(guest, index, new GuestRequests(), apic, address(ASSIST_PAGE));
		SynicMsrs synic = new SynicMsrs(guest, apic, partition.host().timers(), address(MESSAGE_PAGE), address(EVENT_PAGE),
			this::sintDeliverable);
		platform = new ProcessorPlatform(guest, partition.leaves(), apic, clock, new ModelRegisters(guest.features()), synthetic,
			synic, partition.intercepts(), partition.properties(), partition::processorCount,
			new GuestCalls(new PartitionCaller(this), partition.physicalMemory()));
		engine = new Engine(partition.physicalMemory(), platform, partition.arena(), partition.host().translationThreshold());
		cpu = engine.cpu();
		cpu.requests.setRunning(ownership::running);
		cpu.features = guest.features().processor();
		notifications = new DeliverabilityNotifications(cpu, synic.synic(), guest.features().apic(), synic.synicOffered());
		platform.connect(notifications);
		registers = new RegisterFile(this, cpu, platform);
		mirror = new RegisterPageMirror(this, cpu, address(REGISTER_PAGE));
		intercept = new InterceptWriter(this, cpu, partition.id(), address(INTERCEPT_PAGE));
		translator = new AddressTranslator(cpu, partition.physicalMemory());
		statistics = new StatisticsPage(partition.pool(), engine);
		guestPages = new GuestPages(partition.physicalMemory());
		if (index != 0 && guest.features().apic()) {
			activity = STARTUP_SUSPEND;
			asleep = true;
			awaitsStart = true;
		}
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
		if (!ownership.beginRun()) {
			return Dispatch.REFUSED;
		}
		cpu.requests.begin();
		try {
			return closed ? Dispatch.REFUSED : run(flags, timeSlice);
		} finally {
			ownership.endRun();
		}
	}

	private int run(int flags, long timeSlice) {
		if ((flags & Dispatch.CLEAR_INTERCEPT_SUSPEND) != 0) {
			INTERCEPT_SUSPENDED.setOpaque(this, false);
		}
		if (blocked) {
			blocked = false;
		}
		mirror.load();
		countIterations();
		if ((flags & Dispatch.SCAN_INTERRUPT_INJECTION) != 0) {
			mirror.takeInterruptVectors(apic);
		}
		int outcome = (cpu.attention & Cpu.ATTENTION_STOP) == 0 && !interceptSuspend ? CONTINUE : interrupted();
		if (outcome != CONTINUE) {
			return ended(outcome);
		}
		if (activity != 0) {
			apic.pollTimer();
			synic().timers().poll();
			outcome = rest();
			if (outcome != CONTINUE) {
				return ended(outcome);
			}
		}
		if (timeSlice != 0) {
			startSlice(timeSlice);
		}
		mirror.invalidate();
		cpu.interceptedExceptions = partition.intercepts().exceptions();
		if (cpu.shared && !undisturbed) {
			partition.physicalMemory().rootWrites().returned();
		}
		if (!awake) {
			awake = true;
			partition.host().awake().add();
			wokeUp = partition.guest().clock().nanoseconds();
		}
		try {
			return ended(execute());
		} finally {
			if (timeSlice != 0) {
				sliceNumber++;
				sliceOver = false;
			}
			mirror.refresh();
			statistics.update();
		}
	}

	private int ended(int outcome) {
		if (awake && Dispatch.state(outcome) == Dispatch.BLOCKED) {
			noLongerAwake();
			ran += partition.guest().clock().nanoseconds() - wokeUp;
		}
		return outcome;
	}

	private void noLongerAwake() {
		awake = false;
		partition.host().awake().remove();
	}

	private int execute() {
		for (;;) {
			if (contextChanged && (contextRefused || !loadContext())) {
				contextRefused = false;
				intercept.invalidRegisters();
				return intercepted();
			}
			if (pendingInterruption != 0) {
				cpu.exit.kind = Exit.Kind.NONE;
				if ((cpu.attention & Cpu.ATTENTION_REQUEST) != 0) {
					cpu.requests.answer();
				}
				if (cpu.pendingDebug != 0 && !cpu.debugShadow() && PendingInterruption.yields(pendingInterruption)) {
					trap();
				} else {
					injectPending();
					if (cpu.exit.kind == Exit.Kind.NONE) {
						runEngine();
					}
				}
			} else {
				runEngine();
			}
			if (cpu.exit.kind == Exit.Kind.IO_PORT) {
				// By far the most frequent, and a switch needs a table
				intercept.port();
				return intercepted();
			}
			int outcome = switch (cpu.exit.kind) {
				case REQUESTED -> interrupted();
				case HALT -> {
					activity |= HALT_SUSPEND;
					undisturbed = true;
					yield rest();
				}
				case NONE -> CONTINUE;
				default -> rareIntercept();
			};
			if (outcome != CONTINUE) {
				return outcome;
			}
		}
	}

	private void runEngine() {
		if (undisturbed) {
			undisturbed = false;
			engine.resume();
		} else {
			engine.run();
		}
	}

	private int rareIntercept() {
		switch (cpu.exit.kind) {
			case MEMORY -> {
				if (cpu.exit.delivering) {
					pendingInterruption = PendingInterruption.of(cpu.exit);
				}
				cpu.exit.instructionLength = 0;
				intercept.memory(translator);
			}
			case MSR -> intercept.msr();
			case CPUID -> {
				int[] defaults = new int[4];
				platform.cpuid((int) cpu.r[Cpu.RAX], (int) cpu.r[Cpu.RCX], true, defaults);
				intercept.cpuid(defaults);
			}
			case EXCEPTION -> intercept.exception(translator);
			case HYPERCALL -> intercept.hypercall();
			case TRIPLE_FAULT -> intercept.tripleFault();
			default -> throw new IllegalStateException("exit " + cpu.exit.kind);
		}
		return intercepted();
	}

	private int intercepted() {
		INTERCEPT_SUSPENDED.setOpaque(this, true);
		return Dispatch.outcome(Dispatch.READY, Dispatch.INTERCEPT);
	}

	private boolean loadContext() {
		if (!ContextLoader.load(cpu, pagingChanged)) {
			return false;
		}
		contextChanged = false;
		pagingChanged = false;
		synic().synic().release();
		return true;
	}

	/** Delivers the debug exception that comes before the event that the root injects. */
	private void trap() {
		long traps = cpu.pendingDebug;
		engine.step();
		if (cpu.exit.kind == Exit.Kind.MEMORY) {
			// Both wait for the memory, and the root's event is the one that is told
			Debug.makePending(cpu, traps);
			cpu.exit.delivering = false;
		}
	}

	private void injectPending() {
		long event = pendingInterruption;
		pendingInterruption = 0;
		try {
			cpu.precise = true;
			PendingInterruption.deliver(cpu, event);
		} catch (GuestFault leaves) {
			// Delivery needs an exit, which tells what is still to be delivered
		}
	}

	/** Where RCX of an intercepted repetition has been counted down, the root has done iterations in the processor's place. */
	void countIterations() {
		Exit exit = cpu.exit;
		if (!exit.repeat) {
			return;
		}
		boolean left = exit.kind == Exit.Kind.IO_PORT || exit.kind == Exit.Kind.MEMORY;
		if (left && Long.compareUnsigned(cpu.r[Cpu.RCX], exit.count) < 0) {
			exit.count = cpu.r[Cpu.RCX];
			Debug.iteratedOutside(cpu);
		}
	}

	/** RIP is written. Where that ends an intercepted instruction, the root has completed it in the processor's place. */
	void moveTo(long rip) {
		Exit exit = cpu.exit;
		long length = rip - cpu.rip;
		boolean forward = length > 0 && length <= LONGEST_INSTRUCTION;
		// By far the most frequent, and a switch needs a table
		boolean completes = exit.kind == Exit.Kind.IO_PORT ? length == exit.instructionLength : switch (exit.kind) {
			case MSR, CPUID, HYPERCALL -> length == exit.instructionLength;
			case MEMORY -> forward && !exit.execute && !exit.delivering;
			case EXCEPTION -> forward && exit.vector != Vector.DB;
			default -> false;
		};
		if (completes) {
			exit.kind = Exit.Kind.NONE;
			Debug.completedOutside(cpu);
		} else if (length != 0) {
			// The root has the processor go on elsewhere
			exit.kind = Exit.Kind.NONE;
			if (cpu.interruptShadow()) {
				cpu.shadowedRip = rip;
			}
		}
		cpu.rip = rip;
		cpu.nextRip = rip;
	}

	/** Looks at everything that may keep the processor from running on, at an instruction boundary; what does is looked at again before
	 * the next run. */
	private int interrupted() {
		int outcome = reasonToStop();
		if (outcome != CONTINUE) {
			stop();
		}
		return outcome;
	}

	private int reasonToStop() {
		if (ownership.wanted()) {
			ownership.pause();
			mirror.invalidate();
		}
		if (closed) {
			return Dispatch.outcome(Dispatch.BLOCKED, Dispatch.SUSPEND);
		}
		if (initWanted) {
			takeInit();
		}
		if ((activity & STARTUP_SUSPEND) == 0 && (startupVector != NO_VECTOR || startContext != null)) {
			// A processor that executes ignores them
			startupVector = NO_VECTOR;
			startContext = null;
		}
		if (idleWanted) {
			idleWanted = false;
			activity |= IDLE_SUSPEND;
		}
		if (explicitSuspend || dispatchSuspend) {
			return block(Dispatch.SUSPEND);
		}
		if (interceptSuspend) {
			return blockByIntercept();
		}
		if (partition.stands()) {
			return blockUnlessThawed();
		}
		if (!endedInterrupts.isEmpty()) {
			int vector = endedInterrupts.length() - 1;
			endedInterrupts.clear(vector);
			intercept.endOfInterrupt(vector);
			return intercepted();
		}
		Startup startup = interceptedStartups.poll();
		if (startup != null) {
			intercept.startup(startup.target, startup.vector);
			return intercepted();
		}
		if (notifications.write(intercept)) {
			return intercepted();
		}
		if (sliceOver) {
			return Dispatch.outcome(Dispatch.READY, Dispatch.NONE);
		}
		return activity == 0 ? CONTINUE : rest();
	}

	private int block(int event) {
		blocked = true;
		// Released in between: the release saw no blocked processor and sent no signal
		if (event == Dispatch.SUSPEND && !explicitSuspend && !dispatchSuspend && BLOCKED.compareAndSet(this, true, false)) {
			return CONTINUE;
		}
		return Dispatch.outcome(Dispatch.BLOCKED, event);
	}

	private int blockByIntercept() {
		return awaitsRelease() ? Dispatch.outcome(Dispatch.BLOCKED, Dispatch.INTERCEPT) : CONTINUE;
	}

	/** After an intercept: blocks the processor until it is released.
	 * @return false if it has been released already */
	boolean awaitsRelease() {
		blocked = true;
		return interceptSuspend || !BLOCKED.compareAndSet(this, true, false);
	}

	private int blockUnlessThawed() {
		blocked = true;
		if (!partition.stands() && BLOCKED.compareAndSet(this, true, false)) {
			return CONTINUE;
		}
		return Dispatch.outcome(Dispatch.BLOCKED, Dispatch.NONE);
	}

	/** The processor does not execute: waits for start-up or is halted. Blocks it unless something wakes it up. */
	private int rest() {
		for (;;) {
			if (wakesUp()) {
				if (restingSince != 0) {
					poll.waited(System.nanoTime() - restingSince);
					restingSince = 0;
				}
				cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
				return CONTINUE;
			}
			boolean halted = (activity & STARTUP_SUSPEND) == 0;
			asleep = !halted || (activity & IDLE_SUSPEND) == 0 && (cpu.systemFlags & Flag.IF) == 0;
			if (halted && (asleep && !partition.canBeWoken(this) || !partition.guest().features().apic())) {
				undisturbed = false;
				intercept.halt();
				return intercepted();
			}
			if (restingSince == 0) {
				restingSince = System.nanoTime();
			}
			lookOut();
			blocked = true;
			if (!mayWakeUp() || !BLOCKED.compareAndSet(this, true, false)) {
				return Dispatch.outcome(Dispatch.BLOCKED, Dispatch.NONE);
			}
		}
	}

	/** Waits a little, unless another thread wants something of the processor. */
	private void lookOut() {
		long longest = partition.host().awake().leaveACore() ? poll.window() : 0;
		while (cpu.attention == 0 && System.nanoTime() - restingSince < longest && !mayWakeUp()) {
			Thread.onSpinWait();
		}
	}

	private boolean mayWakeUp() {
		return initWanted || ((activity & STARTUP_SUSPEND) != 0 ? startupVector >= 0 || startContext != null : interruptWakes());
	}

	private boolean interruptWakes() {
		if (apic.nmiPending() && !cpu.nmiMasked) {
			return true;
		}
		// What is idle wakes up even if it cannot take the interrupt, as for a spin lock in a handler (TLFS 10.1.4)
		return (activity & IDLE_SUSPEND) != 0 ? apic.pending() : (cpu.systemFlags & Flag.IF) != 0 && apic.deliverable();
	}

	/** @return true if the processor executes now */
	private boolean wakesUp() {
		if (initWanted) {
			takeInit();
		}
		if ((activity & STARTUP_SUSPEND) != 0) {
			int vector = startupVector;
			StartContext context = startContext;
			if (vector < 0 && context == null) {
				return false;
			}
			startupVector = NO_VECTOR;
			startContext = null;
			if (context != null) {
				load(context);
			} else {
				ProcessorReset.start(cpu, vector);
				contextChanged();
			}
		} else if ((activity & (HALT_SUSPEND | IDLE_SUSPEND)) != 0 && !interruptWakes() && pendingInterruption == 0) {
			return false;
		}
		activity = 0;
		asleep = false;
		awaitsStart = false;
		return true;
	}

	private void load(StartContext context) {
		long[] values = context.registers();
		for (int i = 0; i < values.length; i += StartContext.STRIDE) {
			contextRefused |= registers.write((int) values[i], values[i + 1], values[i + 2]) != HvStatus.SUCCESS;
		}
		pagingChanged();
	}

	private void takeInit() {
		initWanted = false;
		cpu.exit.kind = Exit.Kind.NONE;
		ProcessorReset.init(cpu);
		apic.reset();
		pendingInterruption = 0;
		activity = index == 0 ? 0 : STARTUP_SUSPEND;
		asleep = activity != 0;
		awaitsStart = asleep;
		pagingChanged();
	}

	private void startSlice(long timeSlice) {
		long number = sliceNumber;
		long nanoseconds = timeSlice > Long.MAX_VALUE / 100 || timeSlice < 0 ? Long.MAX_VALUE : timeSlice * 100;
		partition.host().timers().schedule(() -> endSlice(number), nanoseconds);
	}

	/** A timer of an earlier slice does no harm: it makes the run look around. */
	private void endSlice(long number) {
		if (number == sliceNumber) {
			sliceOver = true;
			stop();
		}
	}

	// From other threads

	/** Makes a run look around at the next instruction boundary, or before its first instruction. */
	void stop() {
		cpu.requestAttention(Cpu.ATTENTION_STOP);
	}

	/** Tells the root's scheduler that a blocked processor can run again. The lock makes the number of signals that the root reads after
	 * it has suspended dispatching final. */
	private void wake() {
		if (!blocked) {
			return;
		}
		synchronized (signals) {
			if (explicitSuspend || dispatchSuspend || interceptSuspend || closed || partition.stands()
					|| !BLOCKED.compareAndSet(this, true, false)) {
				return;
			}
			if (partition.host().scheduler().ofHypervisor()) {
				partition.host().scheduler().ready(this);
			} else if (partition.host().signals().signal(this)) {
				signals.incrementAndGet();
			}
		}
	}

	@Override
	public void interruptPending() {
		cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
		wake();
	}

	@Override
	public boolean nmiMasked() {
		return cpu.nmiMasked;
	}

	@Override
	public void initReceived() {
		startupVector = NO_VECTOR;
		initWanted = true;
		stop();
		wake();
	}

	@Override
	public void startupReceived(int vector) {
		startupVector = vector;
		stop();
		wake();
	}

	/** Lets the processor execute if it waits for start-up. @return false if it does not */
	boolean start(StartContext context) {
		if (!awaitsStart || startContext != null) {
			return false;
		}
		startContext = context;
		stop();
		wake();
		return true;
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
		wake();
	}

	/** There is a notification for the root. */
	private void sintDeliverable() {
		stop();
		wake();
	}

	/** The partition is suspended no more. */
	void resumed() {
		wake();
	}

	/** Reference time was set. */
	void referenceTimeChanged() {
		synic().timers().clockChanged();
	}

	/** @return true if only another processor can make this one execute */
	boolean asleep() {
		return asleep && !initWanted && startupVector < 0 && startContext == null && !apic.nmiPending();
	}

	private boolean suspended(int name) {
		return switch (name) {
			case EXPLICIT_SUSPEND -> explicitSuspend;
			case INTERCEPT_SUSPEND -> interceptSuspend;
			default -> dispatchSuspend;
		};
	}

	private void setSuspended(int name, boolean suspend) {
		switch (name) {
			case EXPLICIT_SUSPEND -> explicitSuspend = suspend;
			case INTERCEPT_SUSPEND -> interceptSuspend = suspend;
			default -> {
				synchronized (signals) {
					dispatchSuspend = suspend;
				}
			}
		}
		if (suspend) {
			stop();
		} else {
			wake();
		}
	}

	/** @return true if the register can be accessed while the processor runs */
	public static boolean needsNoBorrowing(int name) {
		return name == EXPLICIT_SUSPEND || name == INTERCEPT_SUSPEND || name == DISPATCH_SUSPEND || name == ROOT_SIGNAL_COUNT;
	}

	/** Reads a register that {@link #needsNoBorrowing}. Any thread. */
	public long sharedRegister(int name) {
		return name == ROOT_SIGNAL_COUNT ? signals.get() : suspended(name) ? 1 : 0;
	}

	/** Writes a register that {@link #needsNoBorrowing}. Any thread.
	 * @return SUCCESS, or INVALID_REGISTER_VALUE if it cannot have this value */
	public HvStatus setSharedRegister(int name, long value) {
		if (name == ROOT_SIGNAL_COUNT) {
			return value == signals.get() ? HvStatus.SUCCESS : HvStatus.INVALID_REGISTER_VALUE;
		}
		if ((value & ~1L) != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		setSuspended(name, value != 0);
		return HvStatus.SUCCESS;
	}

	/** @return true if a thread may be executing the guest's code now */
	boolean executes() {
		return ownership.running();
	}

	/** Takes the processor from its run at an instruction boundary, or from rest, to access its state.
	 * @return false if the processor has been deleted: it is not borrowed, and its state is gone */
	public boolean borrow() {
		ownership.borrow(stop);
		if (closed) {
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
		if (partition.host().scheduler().ofHypervisor() && explicitSuspend && borrow()) {
			giveBack();
		}
	}

	/** Ends every run for good: the processor goes away. */
	void close() {
		closed = true;
		ownership.borrow(stop);
		if (awake) {
			noLongerAwake();
		}
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

	/** Segments, flags or debug registers were written. */
	void contextChanged() {
		contextChanged = true;
	}

	/** Control registers or the APIC's base were written. */
	void pagingChanged() {
		contextChanged = true;
		pagingChanged = true;
	}

	long activity() {
		return activity;
	}

	boolean setActivity(long value) {
		if ((value & ~(STARTUP_SUSPEND | HALT_SUSPEND | IDLE_SUSPEND)) != 0) {
			return false;
		}
		activity = (int) value;
		asleep = (value & STARTUP_SUSPEND) != 0;
		awaitsStart = asleep;
		wake();
		return true;
	}

	long pendingInterruption() {
		return pendingInterruption;
	}

	boolean setPendingInterruption(long value) {
		if (!PendingInterruption.valid(value)) {
			return false;
		}
		pendingInterruption = PendingInterruption.pending(value) ? value : 0;
		return true;
	}

	/** Translates a guest-virtual address. @param flags HV_TRANSLATE_GVA control flags */
	public Translation.Result translate(long linear, long flags) {
		if (contextChanged) {
			loadContext();
		}
		return translator.translate(linear, flags);
	}

	/** @return guest-physical address that the last successful translation found */
	public long translated() {
		return translator.address();
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
		contextChanged();
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
			return (ran + (awake ? partition.guest().clock().nanoseconds() - wokeUp : 0)) / 100;
		}

		@Override
		public void idle() {
			idleWanted = true;
			stop();
		}

		@Override
		public void crashed(long[] parameters) {
			LOG.log(Level.WARNING, () -> "partition " + partition.id() + ", processor " + index + ": the guest reports a crash, "
				+ Arrays.stream(parameters).mapToObj(Long::toHexString).collect(Collectors.joining(" ")));
		}
	}
}
