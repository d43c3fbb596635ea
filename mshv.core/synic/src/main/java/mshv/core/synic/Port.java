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

	void ring() {
		ringing.lock();
		try {
			if (!closed) {
				doorbell.run();
			}
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
