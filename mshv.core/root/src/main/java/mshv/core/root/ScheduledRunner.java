package mshv.core.root;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.RegisterAssociation;

/**
 * Runs one processor that the hypervisor schedules itself: releases it by its suspend registers, and waits for the message that it is
 * intercepted. The calling thread executes nothing of the guest.
 */
final class ScheduledRunner implements Runner {
	/** In this order: an intercept that comes right after the explicit release must not be cleared. */
	private static final List<RegisterAssociation> RELEASED = List.of(
		new RegisterAssociation(Register.INTERCEPT_SUSPEND.code(), 0, 0), new RegisterAssociation(Register.EXPLICIT_SUSPEND.code(), 0, 0));
	private static final List<RegisterAssociation> SUSPENDED = List.of(new RegisterAssociation(Register.EXPLICIT_SUSPEND.code(), 1, 0));

	private final Hypercalls calls;
	private final long partition;
	private final int vp;
	private final MemorySegment message;
	private final OwnIntercepts ownIntercepts;
	private final RunControl control = new RunControl();
	private volatile long intercepts;
	private volatile boolean intercepted;
	private volatile Thread waiter;

	/** @param message page of the intercept message */
	ScheduledRunner(Hypercalls calls, long partition, int vp, MemorySegment message, OwnIntercepts ownIntercepts) {
		this.calls = calls;
		this.partition = partition;
		this.vp = vp;
		this.message = message;
		this.ownIntercepts = ownIntercepts;
	}

	@Override
	public RunControl control() {
		return control;
	}

	@Override
	public long intercepts() {
		return intercepts;
	}

	@Override
	public Intercept run() {
		if (!control.enter()) {
			return Intercept.Interrupted.INSTANCE;
		}
		boolean interrupted = false;
		try {
			for (;;) {
				calls.setRegisters(partition, vp, RELEASED);
				interrupted = !awaitMessage();
				if (interrupted) {
					return Intercept.Interrupted.INSTANCE;
				}
				Intercept intercept = InterceptMessage.decode(message);
				if (!ownIntercepts.handle(intercept)) {
					intercepts++;
					return intercept;
				}
			}
		} finally {
			control.leave(interrupted);
		}
	}

	/** @return false if the run ends without a message: the processor is suspended then */
	private boolean awaitMessage() {
		waiter = Thread.currentThread();
		try {
			while (!intercepted && !control.interruptRequested() && !Thread.currentThread().isInterrupted()) {
				LockSupport.park(this);
			}
			if (!intercepted) {
				calls.setRegisters(partition, vp, SUSPENDED);
				boolean inFlight = (calls.getRegisters(partition, vp, List.of(Register.INTERCEPT_SUSPEND)).getFirst().low() & 1) != 0;
				if (!inFlight) {
					return false;
				}
				awaitMessageInFlight();
			}
			intercepted = false;
			return true;
		} finally {
			waiter = null;
		}
	}

	/** The processor has been intercepted before it could be suspended, so the message is certain to come. */
	private void awaitMessageInFlight() {
		boolean interrupted = Thread.interrupted();
		while (!intercepted) {
			LockSupport.park(this);
			interrupted |= Thread.interrupted();
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/** Nobody waits for a processor to be ready: the hypervisor runs it when it is. */
	@Override
	public void kick() {
		// Nothing to do
	}

	@Override
	public void intercepted() {
		intercepted = true;
		LockSupport.unpark(waiter);
	}

	@Override
	public void interrupt() {
		control.interrupt();
		LockSupport.unpark(waiter);
	}

	@Override
	public void close() {
		control.close();
		LockSupport.unpark(waiter);
	}

	@Override
	public void awaitLeft() {
		control.awaitLeft();
	}
}
