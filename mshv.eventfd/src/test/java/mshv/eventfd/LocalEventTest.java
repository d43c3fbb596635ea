package mshv.eventfd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import mshv.api.event.Event;

class LocalEventTest {
	private final Event event = new LocalEventFactory().create();
	private final List<String> seen = new ArrayList<>();

	@Test
	void drainingTellsAndForgetsTheSignals() {
		event.signal();
		event.signal();
		assertEquals(2, event.drain());
		assertEquals(0, event.drain());
	}

	@Test
	void listenersAreNotifiedOfEachSignal() {
		event.subscribe(() -> seen.add("a"));
		event.subscribe(() -> seen.add("b"));
		event.signal();
		event.signal();
		assertEquals(List.of("a", "b", "a", "b"), seen);
	}

	@Test
	void aListenerOfAnEventThatIsSignalledIsNotifiedAtOnce() {
		event.signal();
		event.subscribe(() -> seen.add("a"));
		assertEquals(List.of("a"), seen);
	}

	@Test
	void aListenerOfAnEventThatWasDrainedIsNot() {
		event.signal();
		event.drain();
		event.subscribe(() -> seen.add("a"));
		assertEquals(List.of(), seen);
	}

	@Test
	void afterASubscriptionIsClosedNothingRuns() {
		Event.Subscription subscription = event.subscribe(() -> seen.add("a"));
		event.signal();
		subscription.close();
		subscription.close();
		event.signal();
		assertEquals(List.of("a"), seen);
	}

	@Test
	void aListenerMayCloseItsOwnSubscription() {
		Event.Subscription[] subscription = new Event.Subscription[1];
		subscription[0] = event.subscribe(() -> {
			seen.add("a");
			subscription[0].close();
		});
		event.signal();
		event.signal();
		assertEquals(List.of("a"), seen);
	}

	@Test
	void aListenerMayCloseTheSubscriptionOfAnother() {
		Event.Subscription[] other = new Event.Subscription[1];
		event.subscribe(() -> other[0].close());
		other[0] = event.subscribe(() -> seen.add("other"));
		event.signal();
		assertEquals(List.of(), seen);
	}

	@Test
	void closingASubscriptionWaitsForTheListenerThatRuns() throws InterruptedException {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		Event.Subscription subscription = event.subscribe(() -> {
			running.countDown();
			await(goOn);
			seen.add("listener");
		});
		Thread signaller = Thread.ofPlatform().start(event::signal);
		running.await();
		Thread closer = Thread.ofPlatform().start(() -> {
			subscription.close();
			seen.add("closed");
		});
		while (closer.getState() != Thread.State.WAITING) {
			Thread.onSpinWait();
		}
		goOn.countDown();
		signaller.join();
		closer.join();
		assertEquals(List.of("listener", "closed"), seen);
	}

	@Test
	void aClosedEventIgnoresSignalsAndListeners() {
		event.subscribe(() -> seen.add("a"));
		event.close();
		event.signal();
		event.subscribe(() -> seen.add("b"));
		event.signal();
		assertEquals(0, event.drain());
		assertEquals(List.of(), seen);
	}

	@Test
	void noSignalIsLostAmongManyThreads() throws InterruptedException {
		AtomicLong drained = new AtomicLong();
		AtomicInteger atOnce = new AtomicInteger();
		event.subscribe(() -> {
			assertEquals(1, atOnce.incrementAndGet());
			drained.addAndGet(event.drain());
			atOnce.decrementAndGet();
		});
		Thread[] threads = new Thread[4];
		for (int i = 0; i < threads.length; i++) {
			threads[i] = Thread.ofPlatform().start(() -> {
				for (int j = 0; j < 10_000; j++) {
					event.signal();
				}
			});
		}
		for (Thread thread : threads) {
			thread.join();
		}
		assertEquals(40_000, drained.get());
	}

	static void await(CountDownLatch latch) {
		try {
			latch.await();
		} catch (InterruptedException e) {
			throw new IllegalStateException(e);
		}
	}
}
