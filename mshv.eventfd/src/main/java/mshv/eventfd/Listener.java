package mshv.eventfd;

import java.util.function.Consumer;

import mshv.api.event.Event;

/** A listener's place in an event. One call of the listener at a time. */
public final class Listener implements Event.Subscription, Runnable {
	private final Gate gate;
	private final Consumer<Listener> onClose;

	/** @param action what is notified
	 * @param onClose takes the listener off its event */
	public Listener(Runnable action, Consumer<Listener> onClose) {
		gate = new Gate(action);
		this.onClose = onClose;
	}

	@Override
	public void run() {
		gate.run();
	}

	/** Waits for a call that is under way on another thread; the listener itself may close its own place. */
	@Override
	public void close() {
		onClose.accept(this);
		gate.close();
	}
}
