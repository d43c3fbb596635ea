package mshv.backend.mshv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class EventfdTest {
	private final Kernel kernel = new Kernel();
	private final List<FakeEvent> made = new ArrayList<>();
	private final FakeEvent event = new FakeEvent();

	/** An event of one thread. */
	private static final class FakeEvent implements Event {
		private final List<Runnable> listeners = new ArrayList<>();
		private long counter;
		private boolean closed;

		@Override
		public void signal() {
			counter++;
			List.copyOf(listeners).forEach(Runnable::run);
		}

		@Override
		public long drain() {
			long count = counter;
			counter = 0;
			return count;
		}

		@Override
		public Subscription subscribe(Runnable listener) {
			listeners.add(listener);
			if (counter != 0) {
				listener.run();
			}
			return () -> listeners.remove(listener);
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

	/** Knows only the events that it has made. */
	private final LinuxEvents events = new LinuxEvents() {
		@Override
		public Event open(int descriptor) {
			throw new UnsupportedOperationException();
		}

		@Override
		public Event create() {
			made.add(new FakeEvent());
			return made.getLast();
		}

		@Override
		public int duplicate(Event event) {
			return event instanceof FakeEvent fake && made.contains(fake) ? kernel.open("/dev/null") : -1;
		}
	};

	@Test
	void anEventfdStandsForItself() {
		Event own = events.create();
		try (Eventfd eventfd = Eventfd.of(kernel, events, own)) {
			eventfd.forwardTo();
			own.signal();
			assertEquals(1, own.drain());
			assertEquals(1, made.size());
		}
		assertTrue(own.isOpen());
	}

	@Test
	void signalsOfAnotherEventAreForwarded() {
		event.signal();
		try (Eventfd eventfd = Eventfd.of(kernel, events, event)) {
			assertTrue(eventfd.descriptor() >= 0);
			eventfd.forwardTo();
			event.signal();
			assertEquals(2, made.getFirst().counter);
			assertEquals(0, event.counter);
			eventfd.stop();
			event.signal();
			assertEquals(2, made.getFirst().counter);
		}
		assertFalse(made.getFirst().isOpen());
		assertTrue(event.isOpen());
	}

	@Test
	void anEventIsToldOfEachSignal() {
		Eventfd eventfd = Eventfd.of(kernel, events, event);
		eventfd.forwardFrom();
		made.getFirst().signal();
		made.getFirst().signal();
		assertEquals(2, event.drain());
		made.getFirst().listeners.clear();
		made.getFirst().signal();
		eventfd.close();
		assertEquals(1, event.drain(), "what came before the end is not lost");
	}

	@Test
	void anEventThatHasEndedIsRefused() {
		event.close();
		assertEquals(Errno.EBADF, assertThrows(HypervisorException.class, () -> Eventfd.of(kernel, events, event)).errno());
	}
}
