package mshv.core.root;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/**
 * Who may run a processor, and who wants it to stop: one word that everyone changes atomically.
 * An interrupt is a bit that stays until a run has ended because of it, so none is lost, whenever it comes.
 */
final class RunControl {
	private static final VarHandle STATE;

	static {
		try {
			STATE = MethodHandles.lookup().findVarHandle(RunControl.class, "state", long.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	/** A thread is in run. */
	private static final long RUNNING = 1;
	/** The present run, or else the next, is to end. */
	private static final long INTERRUPT = 2;
	/** No run may begin any more. */
	private static final long CLOSED = 4;
	/** The rest counts the runs that began. */
	private static final long RUN = 8;

	private volatile long state;

	/** Begins a run.
	 * @return false if an interrupt was waiting: it is used up, and no run has begun
	 * @throws HypervisorException (EBUSY) if another thread runs, or INVALID_PARTITION_ID after {@link #close} */
	boolean enter() {
		while (true) {
			long now = state;
			if ((now & CLOSED) != 0) {
				throw RootHypervisor.gone();
			}
			if ((now & RUNNING) != 0) {
				throw new HypervisorException("another thread runs the processor", Errno.EBUSY);
			}
			boolean interrupted = (now & INTERRUPT) != 0;
			if (STATE.compareAndSet(this, now, interrupted ? now & ~INTERRUPT : now + RUN | RUNNING)) {
				return !interrupted;
			}
		}
	}

	/** Ends the run. @param interrupted whether the run ends because of an interrupt, which is used up by that */
	void leave(boolean interrupted) {
		long before = (long) STATE.getAndBitwiseAnd(this, interrupted ? ~(RUNNING | INTERRUPT) : ~RUNNING);
		if ((before & CLOSED) != 0) {
			synchronized (this) {
				notifyAll();
			}
		}
	}

	/** Asks for the present run or the next to end.
	 * @return true if a run is under way */
	boolean interrupt() {
		return ((long) STATE.getAndBitwiseOr(this, INTERRUPT) & RUNNING) != 0;
	}

	/** Asks for the present run to end, and lets none begin again.
	 * @return true if a run is under way */
	boolean close() {
		return ((long) STATE.getAndBitwiseOr(this, INTERRUPT | CLOSED) & RUNNING) != 0;
	}

	/** Waits for the run that is under way to end; to be called after {@link #close}. */
	synchronized void awaitLeft() {
		boolean interrupted = false;
		while ((state & RUNNING) != 0) {
			try {
				wait();
			} catch (InterruptedException e) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/** @return true if the run that is under way is to end */
	boolean interruptRequested() {
		return (state & INTERRUPT) != 0;
	}

	/** @return a stamp for {@link #stillIdle}, -1 while a run is under way */
	long idleStamp() {
		long now = state;
		return (now & RUNNING) != 0 ? -1 : now / RUN;
	}

	/** @return true if no run has begun since the stamp was taken */
	boolean stillIdle(long stamp) {
		VarHandle.acquireFence();
		return idleStamp() == stamp;
	}
}
