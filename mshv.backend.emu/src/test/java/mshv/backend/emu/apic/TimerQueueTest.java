package mshv.backend.emu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks are run when they are due, one after the other. */
@Timeout(30)
class TimerQueueTest {
	private static final long HOUR = TimeUnit.HOURS.toNanos(1);

	private final TimerQueue queue = new TimerQueue();
	private final List<String> done = new CopyOnWriteArrayList<>();

	@AfterEach
	void close() {
		queue.close();
	}

	private static void awaitInSpiteOfInterrupts(CountDownLatch latch) {
		for (;;) {
			try {
				latch.await();
				return;
			} catch (InterruptedException e) {
				continue;
			}
		}
	}

	private void await(CountDownLatch latch) throws InterruptedException {
		assertTrue(latch.await(20, TimeUnit.SECONDS), done::toString);
	}

	@Test
	void anEarlierTaskIsRunThoughALaterOneIsWaitedFor() throws InterruptedException {
		CountDownLatch first = new CountDownLatch(1);
		CountDownLatch second = new CountDownLatch(1);
		queue.schedule(() -> done.add("in an hour"), HOUR);
		queue.schedule(first::countDown, 1_000_000);
		await(first);
		// The thread waits for the hour now, or is about to
		queue.schedule(second::countDown, 0);
		await(second);
		assertEquals(List.of(), done);
	}

	@Test
	void tasksAreRunInTheOrderOfTheirTimes() throws InterruptedException {
		CountDownLatch begin = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		queue.schedule(() -> {
			try {
				begin.await();
			} catch (InterruptedException e) {
				Thread.currentThread().interrupt();
			}
		}, 0);
		queue.schedule(() -> done.add("third"), 3_000_000);
		queue.schedule(() -> done.add("second"), 2_000_000);
		queue.schedule(() -> done.add("first"), -HOUR);
		queue.schedule(end::countDown, 4_000_000);
		begin.countDown();
		await(end);
		assertEquals(List.of("first", "second", "third"), done);
	}

	@Test
	void aTaskMayScheduleTheNext() throws InterruptedException {
		CountDownLatch latch = new CountDownLatch(100);
		queue.schedule(new Runnable() {
			@Override
			public void run() {
				latch.countDown();
				if (latch.getCount() > 0) {
					queue.schedule(this, latch.getCount() % 2 * 100_000);
				}
			}
		}, 0);
		await(latch);
	}

	@Test
	void aTaskThatFailsKeepsNoOtherFromBeingRun() throws InterruptedException {
		CountDownLatch latch = new CountDownLatch(1);
		queue.schedule(() -> {
			throw new IllegalStateException("as this test wants it");
		}, 0);
		queue.schedule(latch::countDown, 0);
		await(latch);
	}

	@Test
	void aDelayThatNeverEndsIsNotOneThatHasEnded() throws InterruptedException {
		CountDownLatch latch = new CountDownLatch(1);
		queue.schedule(() -> done.add("never"), Long.MAX_VALUE);
		queue.schedule(latch::countDown, 1_000_000);
		await(latch);
		assertEquals(List.of(), done);
	}

	@Test
	void closingWaitsForTheTaskThatRunsAndDropsTheOthers() throws InterruptedException {
		CountDownLatch running = new CountDownLatch(1);
		AtomicBoolean ended = new AtomicBoolean();
		CountDownLatch closes = new CountDownLatch(1);
		queue.schedule(() -> {
			running.countDown();
			// Closing interrupts the task
			awaitInSpiteOfInterrupts(closes);
			ended.set(true);
		}, 0);
		queue.schedule(() -> done.add("dropped"), HOUR);
		await(running);
		Thread closer = Thread.ofPlatform().start(queue::close);
		while (closer.getState() != Thread.State.TIMED_WAITING) {
			assertTrue(closer.isAlive(), "closing waits for the task");
			Thread.onSpinWait();
		}
		assertFalse(ended.get());
		closes.countDown();
		closer.join();
		assertTrue(ended.get());
		queue.schedule(() -> done.add("too late"), 0);
		queue.close();
		assertEquals(List.of(), done);
	}
}
