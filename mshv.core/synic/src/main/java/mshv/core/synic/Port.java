package mshv.core.synic;

import java.util.concurrent.locks.ReentrantLock;

/** A doorbell that can be silenced for good. */
final class Port {
	private final Runnable doorbell;
	private final ReentrantLock ringing = new ReentrantLock();
	private boolean closed;

	Port(Runnable doorbell) {
		this.doorbell = doorbell;
	}

	/** A doorbell's failure is its own: the others of the ring are rung. */
	void ring() {
		ringing.lock();
		try {
			if (!closed) {
				doorbell.run();
			}
		} catch (RuntimeException | Error e) {
			Thread thread = Thread.currentThread();
			thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
		} finally {
			ringing.unlock();
		}
	}

	/** Waits for a doorbell that is running on another thread. */
	void close() {
		ringing.lock();
		closed = true;
		ringing.unlock();
	}
}
