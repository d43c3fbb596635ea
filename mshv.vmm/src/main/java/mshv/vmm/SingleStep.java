package mshv.vmm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.vmm.memory.GuestRam;

/**
 * Runs one instruction, or delivers one exception: by the trap flag and an intercept of the debug exception that it raises.
 * <p>
 * The guest is not to notice. So the trap flag must not get into its memory: an exception's handler is reached by a breakpoint on its
 * first instruction instead, images of the flags that the instruction made are mended, and interrupts are held back.
 */
final class SingleStep {
	private static final int ACCESS_EXECUTE = 4;
	/** HV_INTERCEPT_TYPE: exception. */
	private static final int TYPE_EXCEPTION = 3;
	private static final int EXCEPTIONS = 32, DEBUG_VECTOR = 1, NMI_VECTOR = 2, BREAKPOINT_VECTOR = 3, PAGE_FAULT_VECTOR = 14;
	private static final long TRAP_FLAG = 1 << 8;
	private static final long SHADOW = 1, NOT_STARTED = 1, HALTED = 2, PENDING = 1;
	/** DR6. */
	private static final long BREAKPOINT_0 = 1, BREAKPOINTS = 15, STEP = 1 << 14;
	/** DR7: breakpoint 0 enabled, for execution. */
	private static final long EXECUTION_BREAKPOINT = 0x402;
	private static final int PRIVILEGED_SOFTWARE_EXCEPTION = 5;
	private static final int PUSHF = 0x9C, INT3 = 0xCC, SYSCALL = 0x0F05;

	private final Partition partition;
	private final VirtualProcessor processor;
	private final GuestView view;
	private final BooleanSupplier interrupted;

	/** @param interrupted asked whenever the run ends early; true gives up */
	SingleStep(Partition partition, VirtualProcessor processor, GuestRam ram, BooleanSupplier interrupted) {
		this.partition = partition;
		this.processor = processor;
		this.interrupted = interrupted;
		view = new GuestView(processor, ram);
	}

	/** @return the intercept that the instruction caused, {@link Intercept.Interrupted} if it is done or was given up */
	Intercept run() {
		int installed = 0;
		try {
			for (; installed < EXCEPTIONS; installed++) {
				if (installed != NMI_VECTOR) {
					partition.installIntercept(ACCESS_EXECUTE, TYPE_EXCEPTION, installed);
				}
			}
			return step();
		} finally {
			while (--installed >= 0) {
				if (installed != NMI_VECTOR) {
					partition.installIntercept(0, TYPE_EXCEPTION, installed);
				}
			}
		}
	}

	private Intercept step() {
		long pending = get(Register.PENDING_INTERRUPTION);
		if ((pending & PENDING) != 0) {
			return enter((int) (pending >>> 16) & 0xFFFF);
		}
		long activity = get(Register.INTERNAL_ACTIVITY_STATE);
		if ((activity & NOT_STARTED) != 0) {
			// It has nothing to execute until another processor starts it
			return Intercept.Interrupted.INSTANCE;
		}
		if ((activity & HALTED) != 0) {
			// As if something other than an interrupt had ended the HLT before it
			set(Register.INTERNAL_ACTIVITY_STATE, 0);
		}
		int opcode = view.opcode();
		if (opcode == INT3 || opcode >= GuestView.INT) {
			return enter(opcode == INT3 ? BREAKPOINT_VECTOR : opcode - GuestView.INT);
		}
		return trap(opcode);
	}

	private long get(Register register) {
		return processor.getRegister(register);
	}

	private void set(Register register, long value) {
		processor.setRegister(register, value);
	}

	private Intercept runOn() {
		Intercept intercept;
		do {
			intercept = processor.run();
		} while (intercept instanceof Intercept.Interrupted && !interrupted.getAsBoolean());
		return intercept;
	}

	private Intercept trap(int opcode) {
		long before = get(Register.RFLAGS);
		long rip = get(Register.RIP);
		long shadow = get(Register.INTERRUPT_STATE);
		Intercept intercept;
		try {
			set(Register.RFLAGS, before | TRAP_FLAG);
			set(Register.INTERRUPT_STATE, shadow | SHADOW);
			intercept = runOn();
		} finally {
			// An instruction that loads the flags has its own say; else the guest's trap flag comes back
			if ((before & TRAP_FLAG) == 0) {
				set(Register.RFLAGS, get(Register.RFLAGS) & ~TRAP_FLAG);
			}
			if ((shadow & SHADOW) == 0 && get(Register.RIP) == rip) {
				set(Register.INTERRUPT_STATE, shadow);
			}
		}
		if (!(intercept instanceof Intercept.Exception exception)) {
			return intercept;
		}
		if (exception.vector() != DEBUG_VECTOR) {
			inject(exception);
			return enter(exception.vector());
		}
		if (exception.parameter() == 0) {
			// INT1
			set(Register.PENDING_INTERRUPTION, PENDING | PRIVILEGED_SOFTWARE_EXCEPTION << 1
				| exception.header().instructionLength() << 5 | DEBUG_VECTOR << 16);
			return enter(DEBUG_VECTOR);
		}
		long ofGuest = exception.parameter();
		if ((before & TRAP_FLAG) == 0) {
			mend(opcode);
			ofGuest &= ~STEP;
		}
		if (ofGuest == 0) {
			return Intercept.Interrupted.INSTANCE;
		}
		set(Register.DR6, get(Register.DR6) & ~BREAKPOINTS | ofGuest);
		inject(exception);
		return enter(DEBUG_VECTOR);
	}

	/** Takes the trap flag out of what the instruction made of the flags. */
	private void mend(int opcode) {
		if (opcode == PUSHF) {
			view.clearOnStack(TRAP_FLAG);
		} else if (opcode == SYSCALL) {
			set(Register.R11, get(Register.R11) & ~TRAP_FLAG);
		}
	}

	private void inject(Intercept.Exception exception) {
		Map<Register, RegisterValue> event = new LinkedHashMap<>();
		long parameter = exception.vector() == PAGE_FAULT_VECTOR ? exception.parameter() : 0;
		long errorCode = exception.errorCodeValid() ? 1 << 8 | (long) exception.errorCode() << 32 : 0;
		event.put(Register.PENDING_EVENT0, new RegisterValue(1 | errorCode | (long) exception.vector() << 16, parameter));
		processor.setRegisters(event);
	}

	/** Runs to the handler of a vector, which the processor is about to call. */
	private Intercept enter(int vector) {
		OptionalLong handler = view.handler(vector);
		if (handler.isEmpty()) {
			// A task gate, or none: nobody knows where it leads
			return runOn();
		}
		List<RegisterValue> before = processor.getRegisters(List.of(Register.DR0, Register.DR7));
		Intercept intercept;
		try {
			set(Register.DR0, handler.getAsLong());
			set(Register.DR7, EXECUTION_BREAKPOINT);
			// Events that are injected leave as no exception, so this is the instruction itself
			intercept = vector == BREAKPOINT_VECTOR ? withoutIntercept(BREAKPOINT_VECTOR) : runOn();
		} finally {
			set(Register.DR0, before.getFirst().low());
			set(Register.DR7, before.getLast().low());
		}
		if (!(intercept instanceof Intercept.Exception exception)) {
			return intercept;
		}
		if (exception.vector() == DEBUG_VECTOR && (exception.parameter() & BREAKPOINT_0) != 0) {
			return Intercept.Interrupted.INSTANCE;
		}
		inject(exception);
		return enter(exception.vector());
	}

	private Intercept withoutIntercept(int vector) {
		partition.installIntercept(0, TYPE_EXCEPTION, vector);
		try {
			return runOn();
		} finally {
			partition.installIntercept(ACCESS_EXECUTE, TYPE_EXCEPTION, vector);
		}
	}
}
