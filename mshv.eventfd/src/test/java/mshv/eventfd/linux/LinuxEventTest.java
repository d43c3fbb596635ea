package mshv.eventfd.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.event.Event;

/** Eventfds of this process, written and read by the kernel's own calls as another process would. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class LinuxEventTest {
	private static final long DEADLINE_SECONDS = 20;

	private final Kernel kernel = new Kernel();
	private final EventTable events = new EventTable(kernel);
	private final Arena arena = Arena.ofShared();
	private final Kernel.Buffers buffers = new Kernel.Buffers(arena);
	private final int descriptor = kernel.eventfd(buffers);
	private final Event event = events.open(kernel.duplicate(descriptor, buffers));
	private final BlockingQueue<Long> drained = new LinkedBlockingQueue<>();

	@AfterEach
	void close() {
		events.close();
		kernel.close(descriptor, buffers);
		arena.close();
	}

	private void write(long count) {
		assertEquals(Long.BYTES, kernel.write(descriptor, count, buffers));
	}

	private void listen() {
		event.subscribe(() -> {
			long count = event.drain();
			if (count != 0) {
				drained.add(count);
			}
		});
	}

	private long awaitDrained() throws InterruptedException {
		Long count = drained.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
		return count == null ? -1 : count;
	}

	@Test
	void aNewEventIsAnEventfdThatOthersCanHave() {
		try (Event made = events.create()) {
			int other = events.duplicate(made);
			assertEquals(Long.BYTES, kernel.write(other, 3, buffers));
			assertEquals(3, made.drain());
			kernel.close(other, buffers);
		}
	}

	@Test
	void anEventOfAnotherKindOrThatHasEndedHasNoDescriptor() {
		assertEquals(-1, events.duplicate(new mshv.eventfd.LocalEventFactory().create()));
		event.close();
		assertEquals(-1, events.duplicate(event));
	}

	@Test
	void aSignalAddsOneToTheCounter() {
		event.signal();
		event.signal();
		assertEquals(Long.BYTES, kernel.readNow(descriptor, buffers));
		assertEquals(2, buffers.value());
		assertEquals(-Kernel.EAGAIN, kernel.readNow(descriptor, buffers));
	}

	@Test
	void drainingReadsWhatOthersWroteAndNeverWaits() {
		assertEquals(0, event.drain());
		write(3);
		write(4);
		assertEquals(7, event.drain());
		assertEquals(0, event.drain());
	}

	@Test
	void listenersAreToldOfEachWriteOfOthers() throws InterruptedException {
		listen();
		for (int i = 1; i <= 100; i++) {
			write(i);
			assertEquals(i, awaitDrained());
		}
	}

	@Test
	void aListenerOfAnEventfdThatWasWrittenIsToldAtOnce() throws InterruptedException {
		write(5);
		listen();
		assertEquals(5, awaitDrained());
	}

	@Test
	void aSecondListenerIsToldAtOnceToo() {
		AtomicInteger first = new AtomicInteger();
		AtomicInteger second = new AtomicInteger();
		event.subscribe(first::incrementAndGet);
		write(1);
		event.subscribe(second::incrementAndGet);
		assertTrue(second.get() >= 1);
	}

	@Test
	void aListenerThatDoesNotReadIsNotToldAgainAndAgain() throws InterruptedException {
		AtomicInteger calls = new AtomicInteger();
		CountDownLatch told = new CountDownLatch(1);
		event.subscribe(() -> {
			calls.incrementAndGet();
			told.countDown();
		});
		write(1);
		assertTrue(told.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
		// The loop tells of other events in order: what it says of another one comes after all that it had to say of this one
		try (Event other = events.open(kernel.eventfd(buffers))) {
			BlockingQueue<Integer> marks = new LinkedBlockingQueue<>();
			other.subscribe(() -> marks.add(calls.get()));
			for (int i = 0; i < 100; i++) {
				other.signal();
				assertTrue(marks.poll(DEADLINE_SECONDS, TimeUnit.SECONDS) <= 2);
			}
		}
	}

	@Test
	void afterASubscriptionIsClosedNobodyIsTold() throws InterruptedException {
		AtomicInteger calls = new AtomicInteger();
		Event.Subscription subscription = event.subscribe(calls::incrementAndGet);
		subscription.close();
		listen();
		write(1);
		assertEquals(1, awaitDrained());
		assertEquals(0, calls.get());
	}

	@Test
	void whoeverListensAgainIsToldAgain() throws InterruptedException {
		event.subscribe(() -> {}).close();
		write(1);
		listen();
		assertEquals(1, awaitDrained());
		write(2);
		assertEquals(2, awaitDrained());
	}

	@Test
	void aListenerMayCloseTheEvent() throws InterruptedException {
		CountDownLatch closed = new CountDownLatch(1);
		event.subscribe(() -> {
			event.close();
			closed.countDown();
		});
		write(1);
		assertTrue(closed.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
		assertFalse(event.isOpen());
	}

	@Test
	void aListenerThatFailsKeepsNobodyFromBeingTold() throws InterruptedException {
		try (Event failing = events.open(kernel.eventfd(buffers))) {
			CountDownLatch failed = new CountDownLatch(1);
			failing.subscribe(() -> {
				failed.countDown();
				throw new IllegalStateException("a listener that fails");
			});
			failing.signal();
			assertTrue(failed.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
			listen();
			write(1);
			assertEquals(1, awaitDrained());
		}
	}

	@Test
	void aClosedEventIsSilentAndItsDescriptorFreed() throws IOException {
		long before = descriptors();
		Event other = events.open(kernel.eventfd(buffers));
		assertEquals(before + 1, descriptors());
		other.close();
		other.close();
		other.signal();
		assertEquals(0, other.drain());
		assertFalse(other.isOpen());
		assertEquals(before, descriptors());
	}

	@Test
	void theComponentClosesWhatItOpened() throws IOException {
		Event other = events.open(kernel.eventfd(buffers));
		other.subscribe(() -> {});
		long before = descriptors();
		events.close();
		// Two events, the epoll descriptor and the one that wakes the thread
		assertEquals(before - 4, descriptors());
		assertFalse(other.isOpen());
		assertFalse(event.isOpen());
		int more = kernel.eventfd(buffers);
		assertEquals(Errno.EBADF, assertThrows(HypervisorException.class, () -> events.open(more)).errno());
		kernel.close(more, buffers);
	}

	private static long descriptors() throws IOException {
		try (var entries = Files.list(Path.of("/proc/self/fd"))) {
			return entries.filter(entry -> {
				try {
					String target = Files.readSymbolicLink(entry).toString();
					return target.contains("[event");
				} catch (IOException e) {
					return false;
				}
			}).count();
		}
	}

	@Test
	void whatIsNoEventfdIsRefusedAndNotTakenOver() {
		assertEquals(Errno.EBADF, assertThrows(HypervisorException.class, () -> events.open(-1)).errno());
		assertEquals(Errno.EBADF, assertThrows(HypervisorException.class, () -> events.open(1_000_000)).errno());
		int epoll = kernel.epollCreate(buffers);
		assertEquals(Errno.EINVAL, assertThrows(HypervisorException.class, () -> events.open(epoll)).errno());
		assertEquals(0, kernel.close(epoll, buffers));
	}

	@Test
	void eventsOfOneEventfdAreEqual() {
		try (Event same = events.open(kernel.duplicate(descriptor, buffers)); Event other = events.open(kernel.eventfd(buffers))) {
			assertEquals(event, same);
			assertEquals(event.hashCode(), same.hashCode());
			assertNotEquals(event, other);
		}
	}

	@Test
	void whoeverClosesTheGivenDescriptorOnceMoreDoesNoHarm() {
		int given = kernel.duplicate(descriptor, buffers);
		try (Event same = events.open(given)) {
			assertEquals(-Kernel.EBADF, kernel.close(given, buffers));
			same.signal();
			assertEquals(1, event.drain());
		}
	}

	@Test
	void aFullCounterStaysFullAndNobodyWaits() {
		write(0xFFFF_FFFF_FFFF_FFFEL);
		event.signal();
		assertEquals(0xFFFF_FFFF_FFFF_FFFEL, event.drain());
	}

	@Test
	void noWriteIsLostAmongManyThreads() throws InterruptedException {
		AtomicLong sum = new AtomicLong();
		CountDownLatch all = new CountDownLatch(1);
		event.subscribe(() -> {
			if (sum.addAndGet(event.drain()) == 40_000) {
				all.countDown();
			}
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
		assertTrue(all.await(DEADLINE_SECONDS, TimeUnit.SECONDS), "told of " + sum);
	}

	@Test
	void eventsMayBeClosedWhileTheyAreWrittenAndListenedTo() throws InterruptedException {
		for (int round = 0; round < 200; round++) {
			int own = kernel.eventfd(buffers);
			Event victim = events.open(own);
			CountDownLatch begun = new CountDownLatch(2);
			Thread signaller = Thread.ofPlatform().start(() -> {
				begun.countDown();
				while (victim.isOpen()) {
					victim.signal();
				}
			});
			Thread subscriber = Thread.ofPlatform().start(() -> {
				begun.countDown();
				while (victim.isOpen()) {
					victim.subscribe(victim::drain).close();
				}
			});
			begun.await();
			victim.close();
			signaller.join();
			subscriber.join();
		}
		listen();
		write(1);
		assertEquals(1, awaitDrained());
	}
}
