package mshv.backend.mshv;

import java.util.concurrent.locks.LockSupport;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;

/**
 * Who runs a processor, and who wants it to stop. A run waits in the kernel, which only a signal ends; one that comes before the thread is
 * there does nothing, so it is sent until the run has ended.
 */
final class Runs {
	private static final long FIRST_NAP = 20_000, LONGEST_NAP = 5_000_000;

	private final Kernel kernel;
	/** Thread that runs, 0 for none. */
	private int thread;
	/** Counts the runs. */
	private long run;
	private volatile boolean interrupted;
	private volatile boolean closed;

	Runs(Kernel kernel) {
		this.kernel = kernel;
	}

	/** Begins a run on this thread.
	 * @return false if an interrupt was waiting: it is used up, and no run has begun
	 * @throws HypervisorException (EBUSY) if another thread runs, INVALID_PARTITION_ID after {@link #close} */
	boolean enter() {
		int own = kernel.thread();
		synchronized (this) {
			if (closed) {
				throw new HypervisorException("the partition is closed", HvStatus.INVALID_PARTITION_ID);
			}
			if (thread != 0) {
				throw new HypervisorException("another thread runs the processor", Errno.EBUSY);
			}
			if (interrupted) {
				interrupted = false;
				return false;
			}
			thread = own;
			run++;
			return true;
		}
	}

	/** Ends the run. @param byInterrupt whether it ends because of an interrupt, which is used up by that */
	synchronized void leave(boolean byInterrupt) {
		thread = 0;
		if (byInterrupt) {
			interrupted = false;
		}
		notifyAll();
	}

	/** @return whether the run that is under way is to end */
	boolean ending() {
		return interrupted || closed;
	}

	/** Ends the run that is under way, or else the next. */
	void interrupt() {
		long ends;
		synchronized (this) {
			interrupted = true;
			ends = run;
		}
		// Ever less often: a thread that is given one signal after the other does nothing else
		for (long nap = FIRST_NAP; wake(ends); nap = Math.min(nap * 2, LONGEST_NAP)) {
			LockSupport.parkNanos(nap);
		}
	}

	/** @return false if the run has ended, or is about to because of somebody else */
	private synchronized boolean wake(long ends) {
		if (thread == 0 || run != ends || !ending()) {
			return false;
		}
		kernel.wake(thread);
		return true;
	}

	/** Ends the run that is under way, waits for that, and lets none begin again. */
	void close() {
		closed = true;
		interrupt();
	}
}
