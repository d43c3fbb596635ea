package mshv.backend.emu.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class OwnershipTest {
	private final Ownership ownership = new Ownership();

	@Test
	void onlyOneThreadRuns() {
		assertTrue(ownership.beginRun());
		assertFalse(ownership.beginRun());
		ownership.endRun();
		assertTrue(ownership.beginRun());
	}

	@Test
	void aBorrowerAtRestKeepsRunsWaiting() throws InterruptedException {
		ownership.borrow(() -> {});
		AtomicBoolean given = new AtomicBoolean();
		AtomicBoolean early = new AtomicBoolean();
		Thread runner = new Thread(() -> {
			ownership.beginRun();
			early.set(!given.get());
			ownership.endRun();
		});
		runner.start();
		given.set(true);
		ownership.giveBack();
		runner.join();
		assertFalse(early.get());
	}

	@Test
	void borrowersAndARunNeverMeet() {
		int borrowers = 3;
		int rounds = 2000;
		long[] shared = new long[1];
		AtomicBoolean over = new AtomicBoolean();
		CountDownLatch left = new CountDownLatch(borrowers);
		Thread runner = new Thread(() -> {
			while (!over.get()) {
				if (ownership.beginRun()) {
					for (int i = 0; i < 100 && !over.get(); i++) {
						if (ownership.wanted()) {
							ownership.pause();
						}
						shared[0]++;
						shared[0]--;
					}
					ownership.endRun();
				}
			}
		});
		runner.start();
		for (int i = 0; i < borrowers; i++) {
			new Thread(() -> {
				for (int j = 0; j < rounds; j++) {
					ownership.borrow(() -> {});
					shared[0]++;
					ownership.giveBack();
				}
				left.countDown();
			}).start();
		}
		Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
			left.await();
			over.set(true);
			runner.join();
		});
		assertEquals((long) borrowers * rounds, shared[0]);
	}
}
