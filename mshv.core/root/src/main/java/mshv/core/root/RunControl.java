package mshv.core.root;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/**
 * Who may run a processor, and who wants it to stop. A run that nobody disturbs costs one atomic operation, at its beginning.
 * An interrupt stays until a run has ended because of it, so none is lost, whenever it comes.
 */
final class RunControl {
	/** A thread is in run. */
	private static final long RUNNING = 1;
	/** The rest counts the runs that began. */
	private static final long RUN = 2;
	/** How long to wait at most before looking again whether a run has ended. */
	private static final long LOOK_MILLISECONDS = 1;

	/** Written by whoever is in run, or begins one. */
	private final AtomicLong state = new AtomicLong();
	/** The present run, or else the next, is to end. */
	private volatile boolean interrupt;
	/** No run may begin any more. */
	private volatile boolean closed;

	/** Begins a run.
	 * @return false if an interrupt was waiting: it is used up, and no run has begun
	 * @throws HypervisorException (EBUSY) if another thread runs, or INVALID_PARTITION_ID after {@link #close} */
	boolean enter() {
		long now = state.get();
		if (closed) {
			throw RootHypervisor.gone();
		}
		if ((now & RUNNING) != 0 || !state.compareAndSet(now, now + RUN | RUNNING)) {
			throw new HypervisorException("another thread runs the processor", Errno.EBUSY);
		}
		// Whoever asks from here on sees a run under way. Who closes interrupts afterwards, and that one is not used up
		boolean interrupted = interrupt;
		if (closed) {
			end(now);
			throw RootHypervisor.gone();
		}
		if (interrupted) {
			interrupt = false;
			end(now);
		}
		return !interrupted;
	}

	/** Ends the run. @param interrupted whether the run ends because of an interrupt, which is used up by that */
	void leave(boolean interrupted) {
		if (interrupted) {
			interrupt = false;
		}
		end(state.get() & ~RUNNING);
	}

	/** Without a fence: whoever asks meanwhile may take the run for one under way for a moment, and looks again. */
	private void end(long now) {
		state.setRelease(now);
		if (closed) {
			synchronized (this) {
				notifyAll();
			}
		}
	}

	/** Asks for the present run or the next to end.
	 * @return true if a run is under way */
	boolean interrupt() {
		interrupt = true;
		return (state.get() & RUNNING) != 0;
	}

	/** Asks for the present run to end, and lets none begin again.
	 * @return true if a run is under way */
	boolean close() {
		closed = true;
		return interrupt();
	}

	/** Waits for the run that is under way to end; to be called after {@link #close}. */
	synchronized void awaitLeft() {
		boolean interrupted = false;
		while ((state.get() & RUNNING) != 0) {
			try {
				wait(LOOK_MILLISECONDS);
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
		return interrupt;
	}

	/** @return a stamp for {@link #stillIdle}, -1 while a run is under way */
	long idleStamp() {
		long now = state.get();
		return (now & RUNNING) != 0 ? -1 : now / RUN;
	}

	/** @return true if no run has begun since the stamp was taken */
	boolean stillIdle(long stamp) {
		VarHandle.acquireFence();
		return idleStamp() == stamp;
	}
}
