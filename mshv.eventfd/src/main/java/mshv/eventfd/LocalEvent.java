package mshv.eventfd;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import mshv.api.event.Event;

/** An event of this process. */
final class LocalEvent implements Event {
	private final AtomicLong counter = new AtomicLong();
	private final List<Listener> listeners = new CopyOnWriteArrayList<>();
	private volatile boolean closed;

	@Override
	public void signal() {
		if (closed) {
			return;
		}
		counter.getAndIncrement();
		for (Listener listener : listeners) {
			listener.run();
		}
	}

	@Override
	public long drain() {
		return counter.getAndSet(0);
	}

	/** The listener is in the list before the counter is looked at, so a signal is seen by at least one of the two. */
	@Override
	public Subscription subscribe(Runnable action) {
		Listener listener = new Listener(Objects.requireNonNull(action, "listener"), listeners::remove);
		listeners.add(listener);
		if (closed) {
			listener.close();
		} else if (counter.get() != 0) {
			listener.run();
		}
		return listener;
	}

	@Override
	public boolean isOpen() {
		return !closed;
	}

	@Override
	public void close() {
		closed = true;
		listeners.forEach(Listener::close);
	}
}
