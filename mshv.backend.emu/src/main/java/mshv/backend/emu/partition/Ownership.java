package mshv.backend.emu.partition;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who may touch a processor's state: the thread that runs it, or another one that borrows it at an instruction boundary.
 * A run that nobody disturbs costs one atomic operation, at its beginning.
 */
final class Ownership {
	private static final int IDLE = 0;
	private static final int RUNNING = 1;
	/** The running thread waits at an instruction boundary. */
	private static final int PAUSED = 2;
	private static final int BORROWED_IDLE = 3;
	private static final int BORROWED_PAUSED = 4;

	/** How long a borrower waits at most before it looks again whether a run has ended. */
	private static final long LOOK_NANOSECONDS = 1_000_000;

	private final ReentrantLock lock = new ReentrantLock();
	private final Condition changed = lock.newCondition();
	private final AtomicInteger state = new AtomicInteger(IDLE);
	/** Threads that borrow or wait for it. */
	private volatile int borrowers;

	/** Begins a run, waiting for a borrower to finish. @return false if another thread runs the processor */
	boolean beginRun() {
		return state.compareAndSet(IDLE, RUNNING) || beginRunSlowly();
	}

	private boolean beginRunSlowly() {
		lock.lock();
		try {
			for (;;) {
				int now = state.get();
				if (now == BORROWED_IDLE) {
					changed.awaitUninterruptibly();
				} else if (now != IDLE) {
					return false;
				} else if (state.compareAndSet(IDLE, RUNNING)) {
					return true;
				}
			}
		} finally {
			lock.unlock();
		}
	}

	/** Ends a run. Without a fence, so a borrower that comes at this moment may be overlooked: it looks again. */
	void endRun() {
		state.setRelease(IDLE);
		if (borrowers != 0) {
			lock.lock();
			try {
				changed.signalAll();
			} finally {
				lock.unlock();
			}
		}
	}

	/** @return true if a thread may be executing guest code */
	boolean running() {
		return state.get() == RUNNING;
	}

	/** @return true if a thread waits for the run to pause */
	boolean wanted() {
		return borrowers != 0;
	}

	/** Pauses the run until no thread wants the processor. */
	void pause() {
		lock.lock();
		try {
			state.set(PAUSED);
			changed.signalAll();
			while (borrowers != 0) {
				changed.awaitUninterruptibly();
			}
			state.set(RUNNING);
		} finally {
			lock.unlock();
		}
	}

	/** Takes the processor from its run, or from rest, waiting as long as it takes.
	 * @param stop makes the run look at {@link #wanted} soon */
	void borrow(Runnable stop) {
		boolean interrupted = false;
		lock.lock();
		try {
			borrowers++;
			stop.run();
			while (!state.compareAndSet(IDLE, BORROWED_IDLE) && !state.compareAndSet(PAUSED, BORROWED_PAUSED)) {
				try {
					changed.awaitNanos(LOOK_NANOSECONDS);
				} catch (InterruptedException e) {
					interrupted = true;
				}
			}
		} finally {
			lock.unlock();
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/** Gives a borrowed processor back. */
	void giveBack() {
		lock.lock();
		try {
			state.set(state.get() == BORROWED_IDLE ? IDLE : PAUSED);
			borrowers--;
			changed.signalAll();
		} finally {
			lock.unlock();
		}
	}
}
