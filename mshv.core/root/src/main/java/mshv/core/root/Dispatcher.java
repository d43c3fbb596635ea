package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.CallCode;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.RegisterAssociation;
import mshv.api.hypercall.HypercallInterface;

/**
 * Runs one processor on the calling thread, as the root scheduler does: dispatches it, waits while it is blocked, and comes back with
 * its intercept. The way of an intercept takes two atomic operations and no allocation but the result.
 */
final class Dispatcher implements Runner {
	/** Bytes that a dispatcher needs for its input and output: one page, so that neither crosses one. */
	static final int PAGES_SIZE = 4096;

	/** HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND. */
	private static final int CLEAR_INTERCEPT_SUSPEND = 1;
	/** HV_VP_DISPATCH_STATE_BLOCKED: it cannot go on until the scheduler is told so. */
	private static final int STATE_BLOCKED = 1;
	/** HV_VP_DISPATCH_EVENT_SUSPEND: it is suspended on request. */
	private static final int EVENT_SUSPEND = 1;
	/** HV_VP_DISPATCH_EVENT_INTERCEPT: there is a message in its page. */
	private static final int EVENT_INTERCEPT = 2;

	private static final long OUTPUT = 2048;
	private static final long INPUT_FLAGS = 12;
	private static final long CONTROL = HypercallControl.simple(CallCode.DISPATCH_VP, 0);

	private static final RegisterAssociation RELEASED = new RegisterAssociation(Register.EXPLICIT_SUSPEND.code(), 0, 0);
	private static final RegisterAssociation SUSPENDED = new RegisterAssociation(Register.EXPLICIT_SUSPEND.code(), 1, 0);

	private final Hypercalls calls;
	private final HypercallInterface hypervisor;
	private final long partition;
	private final int vp;
	private final MemorySegment message;
	private final MemorySegment page;
	private final OwnIntercepts ownIntercepts;
	private final long input;
	private final long output;
	private final RunControl control = new RunControl();
	/** The last dispatch ended with an intercept. Belongs to the thread that runs. */
	private boolean interceptSuspended;
	/** Written by the thread that runs, so without a fence. */
	private final AtomicLong intercepts = new AtomicLong();
	private volatile boolean kicked;
	private volatile Thread waiter;

	/** @param message page of the intercept message
	 * @param page {@link #PAGES_SIZE} bytes, aligned to as many */
	Dispatcher(Hypercalls calls, long partition, int vp, MemorySegment message, MemorySegment page, OwnIntercepts ownIntercepts) {
		this.ownIntercepts = ownIntercepts;
		this.calls = calls;
		hypervisor = calls.direct();
		this.partition = partition;
		this.vp = vp;
		this.message = message;
		this.page = page;
		input = page.address();
		output = input + OUTPUT;
		new DispatchVpInput(partition, vp, 0, 0, 0).encode(page);
	}

	@Override
	public RunControl control() {
		return control;
	}

	@Override
	public long intercepts() {
		return intercepts.getOpaque();
	}

	@Override
	public Intercept run() {
		if (!control.enter()) {
			return Intercept.Interrupted.INSTANCE;
		}
		boolean interrupted = false;
		try {
			Intercept intercept = dispatchUntilIntercept();
			interrupted = intercept == null;
			return interrupted ? Intercept.Interrupted.INSTANCE : intercept;
		} finally {
			control.leave(interrupted);
		}
	}

	/** @return null if the run is to end without one */
	private Intercept dispatchUntilIntercept() {
		boolean released = false;
		while (!control.interruptRequested()) {
			dispatch();
			// State, then event
			long outcome = page.get(JAVA_LONG, OUTPUT);
			boolean blocked = (int) outcome == STATE_BLOCKED;
			switch ((int) (outcome >>> 32)) {
				case EVENT_INTERCEPT -> {
					interceptSuspended = true;
					Intercept intercept = blocked ? null : InterceptMessage.decode(message);
					if (intercept != null && !ownIntercepts.handle(intercept)) {
						intercepts.setOpaque(intercepts.getPlain() + 1);
						return intercept;
					}
					// Not ours to return: dealt with here, or restored into the processor with its state
				}
				case EVENT_SUSPEND -> {
					if (!(released && held())) {
						release();
						released = true;
					} else if (!awaitKick()) {
						return null;
					}
				}
				default -> {
					if (blocked && !awaitKick()) {
						return null;
					}
				}
			}
		}
		return null;
	}

	private void dispatch() {
		page.set(JAVA_INT, INPUT_FLAGS, interceptSuspended ? CLEAR_INTERCEPT_SUSPEND : 0);
		long result = hypervisor.hypercall(CONTROL, input, output);
		int status = HypercallResult.status(result);
		if (status != HvStatus.SUCCESS.code()) {
			throw new HypervisorException("HVCALL_DISPATCH_VP of processor " + vp, HvStatus.of(status));
		}
		interceptSuspended = false;
	}

	/** An interrupt that came before this is seen by the loop; one that comes later suspends the processor again. */
	private void release() {
		calls.setRegisters(partition, vp, List.of(RELEASED));
	}

	/** @return whether someone keeps the processor from being dispatched, so that it does not help to release it again and again */
	private boolean held() {
		List<RegisterValue> values = calls.getRegisters(partition, vp, List.of(Register.DISPATCH_SUSPEND));
		return (values.getFirst().low() & 1) != 0;
	}

	/** Waits until the processor may be ready. A kick that came since the last wait counts.
	 * @return false if the thread is interrupted: its status stays set */
	private boolean awaitKick() {
		waiter = Thread.currentThread();
		try {
			while (!kicked && !control.interruptRequested()) {
				if (Thread.currentThread().isInterrupted()) {
					return false;
				}
				LockSupport.park(this);
			}
			kicked = false;
			return true;
		} finally {
			waiter = null;
		}
	}

	@Override
	public void kick() {
		kicked = true;
		LockSupport.unpark(waiter);
	}

	/** The dispatch itself says so. */
	@Override
	public void intercepted() {
		kick();
	}

	@Override
	public void interrupt() {
		if (control.interrupt()) {
			stop();
		}
	}

	@Override
	public void close() {
		if (control.close()) {
			stop();
		}
	}

	/** Stops what is under way: the dispatch, by a suspend that makes it return, or the wait. */
	private void stop() {
		LockSupport.unpark(waiter);
		calls.setRegisters(partition, vp, List.of(SUSPENDED));
		// The run may have ended without it, and the next one may wait: a suspended processor gives no signal, so that wait would not end
		kick();
	}

	@Override
	public void awaitLeft() {
		control.awaitLeft();
	}
}
