package mshv.shell.fake;

import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/** Makes events that nobody listens to. */
public final class FakeEvents implements EventFactory {
	@Override
	public Event create() {
		return new Event() {
			@Override
			public void signal() {
				// Nobody listens
			}

			@Override
			public long drain() {
				return 0;
			}

			@Override
			public Subscription subscribe(Runnable listener) {
				return () -> {
				};
			}

			@Override
			public boolean isOpen() {
				return true;
			}

			@Override
			public void close() {
				// Nothing to free
			}
		};
	}
}
