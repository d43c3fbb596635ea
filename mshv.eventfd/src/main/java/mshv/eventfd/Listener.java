package mshv.eventfd;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import mshv.api.event.Event;

/** A listener's place in an event. One call of the listener at a time. */
final class Listener implements Event.Subscription, Runnable {
	private final Runnable action;
	private final Consumer<Listener> onClose;
	private final ReentrantLock running = new ReentrantLock();
	private boolean closed;

	Listener(Runnable action, Consumer<Listener> onClose) {
		this.action = action;
		this.onClose = onClose;
	}

	@Override
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

	/** Waits for a call that is under way on another thread; the listener itself may close its own place. */
	@Override
	public void close() {
		onClose.accept(this);
		running.lock();
		closed = true;
		running.unlock();
	}
}
