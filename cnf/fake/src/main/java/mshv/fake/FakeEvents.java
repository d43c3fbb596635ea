package mshv.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/** Events that count. */
public final class FakeEvents implements EventFactory {
	/** Made so far. */
	public final List<Counter> made = new ArrayList<>();

	@Override
	public Event create() {
		Counter counter = new Counter();
		made.add(counter);
		return counter;
	}

	/** Counts signals. */
	public static final class Counter implements Event {
		private final AtomicLong count = new AtomicLong();
		/** Whether it was closed. */
		public volatile boolean closed;

		@Override
		public void signal() {
			count.incrementAndGet();
		}

		@Override
		public long drain() {
			return count.getAndSet(0);
		}

		@Override
		public Subscription subscribe(Runnable listener) {
			throw new UnsupportedOperationException("nobody listens");
		}

		@Override
		public boolean isOpen() {
			return !closed;
		}

		@Override
		public void close() {
			closed = true;
		}
	}
}
