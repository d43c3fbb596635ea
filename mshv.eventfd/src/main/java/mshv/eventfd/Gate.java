package mshv.eventfd;

import java.util.concurrent.locks.ReentrantLock;

/** Lets an action run, one call at a time, until it is closed. */
public final class Gate {
	private final Runnable action;
	private final ReentrantLock running = new ReentrantLock();
	private boolean closed;

	/** @param action what runs */
	public Gate(Runnable action) {
		this.action = action;
	}

	/** Runs the action, after a call on another thread; does nothing once it is closed. */
	public void run() {
		running.lock();
		try {
			if (!closed) {
				action.run();
			}
		} finally {
			running.unlock();
		}
	}

	/** Waits for a call that is under way on another thread; the action itself may close its own gate. */
	public void close() {
		running.lock();
		closed = true;
		running.unlock();
	}
}
