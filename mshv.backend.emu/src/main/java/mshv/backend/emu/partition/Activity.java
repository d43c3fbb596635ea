package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.guestcall.StartContext;
import mshv.backend.emu.isa.Flag;

/** Whether a processor executes, is halted or idle, or waits for start-up (the register INTERNAL_ACTIVITY_STATE), and what ends that. */
final class Activity {
	private static final int STARTUP_SUSPEND = 1, HALT_SUSPEND = 2, IDLE_SUSPEND = 4;
	private static final int NO_VECTOR = -1;

	private final VirtualProcessor processor;
	private final Partition partition;
	private final Suspension suspension;
	private final Cpu cpu;
	private final LocalApic apic;
	private final InterceptWriter intercept;

	// Wanted by other threads
	private volatile boolean initWanted;
	private volatile int startupVector = NO_VECTOR;
	private volatile StartContext startContext;

	/** Waits for start-up by another processor. */
	private volatile boolean awaitsStart;
	/** Halted with interrupts disabled, or waiting for start-up: only another processor can end it. */
	private volatile boolean asleep;

	// Touched by the running thread, or a borrower
	private int state;
	/** The guest asked to be suspended until an interrupt comes. */
	private boolean idleWanted;
	private final HaltPoll poll = new HaltPoll();
	/** When the processor came to rest, of {@link System#nanoTime}; 0 while it does not. */
	private long restingSince;

	/** @param waits whether the processor waits for start-up */
	Activity(VirtualProcessor processor, Suspension suspension, Cpu cpu, LocalApic apic, InterceptWriter intercept, boolean waits) {
		this.processor = processor;
		this.suspension = suspension;
		this.cpu = cpu;
		this.apic = apic;
		this.intercept = intercept;
		partition = processor.partition();
		set(waits ? STARTUP_SUSPEND : 0);
	}

	private void set(int value) {
		state = value;
		asleep = (value & STARTUP_SUSPEND) != 0;
		awaitsStart = asleep;
	}

	/** @return INTERNAL_ACTIVITY_STATE */
	long register() {
		return state;
	}

	/** Sets INTERNAL_ACTIVITY_STATE. @return false if a reserved bit is set: nothing has changed */
	boolean setRegister(long value) {
		if ((value & ~(STARTUP_SUSPEND | HALT_SUSPEND | IDLE_SUSPEND)) != 0) {
			return false;
		}
		set((int) value);
		suspension.wake();
		return true;
	}

	/** @return true if the processor executes */
	boolean executes() {
		return state == 0;
	}

	/** HLT. */
	void halt() {
		state |= HALT_SUSPEND;
	}

	/** The guest wants to be idle until an interrupt comes. */
	void idle() {
		idleWanted = true;
		processor.stop();
	}

	/** Takes what is wanted of the processor, at an instruction boundary. */
	void look() {
		if (initWanted) {
			takeInit();
		}
		if ((state & STARTUP_SUSPEND) == 0 && (startupVector != NO_VECTOR || startContext != null)) {
			// A processor that executes ignores them
			startupVector = NO_VECTOR;
			startContext = null;
		}
		if (idleWanted) {
			idleWanted = false;
			state |= IDLE_SUSPEND;
		}
	}

	/** The processor does not execute. Blocks it unless something wakes it up.
	 * @return how the run ends, or {@link Dispatch#CONTINUE} if the processor executes now */
	int rest() {
		for (;;) {
			if (wakesUp()) {
				if (restingSince != 0) {
					poll.waited(System.nanoTime() - restingSince);
					restingSince = 0;
				}
				cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
				return Dispatch.CONTINUE;
			}
			boolean halted = (state & STARTUP_SUSPEND) == 0;
			asleep = !halted || (state & IDLE_SUSPEND) == 0 && (cpu.systemFlags & Flag.IF) == 0;
			if (halted && (asleep && !partition.canBeWoken(processor) || !partition.guest().features().apic())) {
				intercept.halt();
				return processor.execution().intercepted();
			}
			if (restingSince == 0) {
				restingSince = System.nanoTime();
			}
			lookOut();
			suspension.block();
			if (!mayWakeUp() || !suspension.unblock()) {
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
		return initWanted || ((state & STARTUP_SUSPEND) != 0 ? startupVector >= 0 || startContext != null : interruptWakes());
	}

	private boolean interruptWakes() {
		if (apic.nmiPending() && !cpu.nmiMasked) {
			return true;
		}
		// What is idle wakes up even if it cannot take the interrupt, as for a spin lock in a handler (TLFS 10.1.4)
		return (state & IDLE_SUSPEND) != 0 ? apic.pending() : (cpu.systemFlags & Flag.IF) != 0 && apic.deliverable();
	}

	/** @return true if the processor executes now */
	private boolean wakesUp() {
		if (initWanted) {
			takeInit();
		}
		if ((state & STARTUP_SUSPEND) != 0) {
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
				processor.execution().contextChanged();
			}
		} else if ((state & (HALT_SUSPEND | IDLE_SUSPEND)) != 0 && !interruptWakes() && processor.execution().pendingInterruption() == 0) {
			return false;
		}
		set(0);
		return true;
	}

	private void load(StartContext context) {
		long[] values = context.registers();
		for (int i = 0; i < values.length; i += StartContext.STRIDE) {
			if (processor.writeRegister((int) values[i], values[i + 1], values[i + 2]) != HvStatus.SUCCESS) {
				processor.execution().refuseContext();
			}
		}
		processor.execution().pagingChanged();
	}

	private void takeInit() {
		initWanted = false;
		cpu.exit.kind = Exit.Kind.NONE;
		ProcessorReset.init(cpu);
		apic.reset();
		processor.execution().setPendingInterruption(0);
		set(processor.index() == 0 ? 0 : STARTUP_SUSPEND);
		processor.execution().pagingChanged();
	}

	// From other threads

	/** An INIT arrived. */
	void initReceived() {
		startupVector = NO_VECTOR;
		initWanted = true;
		processor.stop();
		suspension.wake();
	}

	/** A start-up IPI arrived. */
	void startupReceived(int vector) {
		startupVector = vector;
		processor.stop();
		suspension.wake();
	}

	/** Lets the processor execute if it waits for start-up. @return false if it does not */
	boolean start(StartContext context) {
		if (!awaitsStart || startContext != null) {
			return false;
		}
		startContext = context;
		processor.stop();
		suspension.wake();
		return true;
	}

	/** @return true if only another processor can make this one execute */
	boolean asleep() {
		return asleep && !initWanted && startupVector < 0 && startContext == null && !apic.nmiPending();
	}
}
