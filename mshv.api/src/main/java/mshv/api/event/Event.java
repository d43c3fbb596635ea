package mshv.api.event;

import org.osgi.annotation.versioning.ProviderType;

/** A counter that is signalled by some and drained by others, as eventfd(2) in its default mode. Safe for use by many threads. */
@ProviderType
public interface Event extends AutoCloseable {
	/** Adds 1 and notifies the listeners on this thread. A listener must be short and must not block. */
	void signal();

	/** @return the number of signals since the last call; the counter is 0 afterwards */
	long drain();

	/** Adds a listener; if the counter is not 0 it is notified at once.
	 * @param listener called after each signal
	 * @return closes the subscription: after it returns the listener is not running and is called no more */
	Subscription subscribe(Runnable listener);

	/** @return false once it has been closed */
	boolean isOpen();

	/** Ends the event: subscriptions are closed, signals are ignored. */
	@Override
	void close();

	/** A listener's place in an event. */
	interface Subscription extends AutoCloseable {
		@Override
		void close();
	}
}
