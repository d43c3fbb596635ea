package mshv.backend.emu.partition;

import mshv.api.Translation;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.exec.system.Debug;

/**
 * Executes a processor's guest code until something of it is for the root, which finds a message of it then; and takes back what the
 * root makes of it. On the thread that runs the processor, or while it stands.
 */
final class GuestExecution {
	private static final int LONGEST_INSTRUCTION = 15;

	private final VirtualProcessor processor;
	private final Engine engine;
	private final Cpu cpu;
	private final ProcessorPlatform platform;
	private final Activity activity;
	private final Suspension suspension;
	private final InterceptWriter intercept;
	private final AddressTranslator translator;

	private long pendingInterruption;
	private boolean contextChanged = true;
	private boolean pagingChanged = true;
	/** The guest wants to start the processor with registers that cannot be. */
	private boolean contextRefused;
	/** The processor was halted when it executed last, and that was not left to the root. */
	private boolean undisturbed;

	GuestExecution(VirtualProcessor processor, Engine engine, ProcessorPlatform platform, Activity activity, Suspension suspension,
			InterceptWriter intercept) {
		this.processor = processor;
		this.engine = engine;
		this.platform = platform;
		this.activity = activity;
		this.suspension = suspension;
		this.intercept = intercept;
		cpu = engine.cpu();
		translator = new AddressTranslator(cpu, processor.partition().physicalMemory());
	}

	/** @return how the run ends, of {@link Dispatch} */
	int execute() {
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
				case REQUESTED -> processor.interrupted();
				case HALT -> {
					activity.halt();
					undisturbed = true;
					yield activity.rest();
				}
				case NONE -> Dispatch.CONTINUE;
				default -> rareIntercept();
			};
			if (outcome != Dispatch.CONTINUE) {
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

	/** A message is for the root. @return how the run ends */
	int intercepted() {
		undisturbed = false;
		suspension.intercepted();
		return Dispatch.outcome(Dispatch.READY, Dispatch.INTERCEPT);
	}

	/** @return true if the processor has left execution for a port or device memory */
	boolean atDevice() {
		return cpu.exit.kind == Exit.Kind.IO_PORT || cpu.exit.kind == Exit.Kind.MEMORY;
	}

	/** @return true if the root has had nothing to do with the processor since it executed last */
	boolean undisturbed() {
		return undisturbed;
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

	/** @return PENDING_INTERRUPTION */
	long pendingInterruption() {
		return pendingInterruption;
	}

	/** Sets PENDING_INTERRUPTION. @return false if there is no such event: nothing has changed */
	boolean setPendingInterruption(long value) {
		if (!PendingInterruption.valid(value)) {
			return false;
		}
		pendingInterruption = PendingInterruption.pending(value) ? value : 0;
		return true;
	}

	// What the root makes of it

	/** Segments, flags or debug registers were written. */
	void contextChanged() {
		contextChanged = true;
	}

	/** Control registers or the APIC's base were written. */
	void pagingChanged() {
		contextChanged = true;
		pagingChanged = true;
	}

	/** The processor is to start with registers that cannot be. */
	void refuseContext() {
		contextRefused = true;
	}

	private boolean loadContext() {
		if (!ContextLoader.load(cpu, pagingChanged)) {
			return false;
		}
		contextChanged = false;
		pagingChanged = false;
		platform.synic().synic().release();
		return true;
	}

	/** Translates a guest-virtual address. @param flags HV_TRANSLATE_GVA control flags */
	Translation.Result translate(long linear, long flags) {
		if (contextChanged) {
			loadContext();
		}
		return translator.translate(linear, flags);
	}

	/** @return guest-physical address that the last successful translation found */
	long translated() {
		return translator.address();
	}

	/** Where RCX of an intercepted repetition has been counted down, the root has done iterations in the processor's place. */
	void countIterations() {
		Exit exit = cpu.exit;
		if (!exit.repeat) {
			return;
		}
		if (atDevice() && Long.compareUnsigned(cpu.r[Cpu.RCX], exit.count) < 0) {
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
}
