package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;

class RunControlTest {
	private final RunControl control = new RunControl();

	@Test
	void oneRunAtATime() {
		assertTrue(control.enter());
		assertEquals(Errno.EBUSY, assertThrows(HypervisorException.class, control::enter).errno());
		control.leave(false);
		assertTrue(control.enter());
	}

	@Test
	void anInterruptIsUsedUpByTheRunThatItEnds() {
		control.enter();
		assertTrue(control.interrupt());
		assertTrue(control.interruptRequested());
		control.leave(true);
		assertFalse(control.interruptRequested());
		assertTrue(control.enter());
	}

	@Test
	void anInterruptThatEndedNoRunEndsTheNext() {
		control.enter();
		control.interrupt();
		control.leave(false);
		assertFalse(control.enter());
		assertTrue(control.enter());
	}

	@Test
	void nobodyNeedsToBeStoppedWhileNobodyRuns() {
		assertFalse(control.interrupt());
		assertFalse(control.enter());
		assertFalse(control.close());
	}

	@Test
	void afterClosingNoRunBegins() {
		control.enter();
		assertTrue(control.close());
		assertTrue(control.interruptRequested());
		control.leave(true);
		control.awaitLeft();
		assertEquals(HvStatus.INVALID_PARTITION_ID, assertThrows(HypervisorException.class, control::enter).status());
	}

	@Test
	void waitingForARunEndsWhenItLeaves() throws InterruptedException {
		control.enter();
		control.close();
		Thread waiter = Thread.ofPlatform().start(control::awaitLeft);
		while (waiter.getState() != Thread.State.TIMED_WAITING) {
			Thread.onSpinWait();
		}
		control.leave(true);
		waiter.join();
	}

	@Test
	void noInterruptIsLostWheneverItComes() throws InterruptedException {
		AtomicInteger ended = new AtomicInteger();
		AtomicBoolean stop = new AtomicBoolean();
		Thread runner = Thread.ofPlatform().start(() -> {
			while (!stop.get()) {
				boolean interrupted = !control.enter();
				if (!interrupted) {
					interrupted = control.interruptRequested();
					control.leave(interrupted);
				}
				if (interrupted) {
					ended.incrementAndGet();
				}
			}
		});
		try {
			long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
			for (int sent = 0; sent < 20_000; sent++) {
				int before = ended.get();
				control.interrupt();
				while (ended.get() == before) {
					assertTrue(System.nanoTime() < deadline, "interrupt " + sent + " ended no run");
					Thread.onSpinWait();
				}
			}
		} finally {
			stop.set(true);
			runner.join();
		}
	}

	@Test
	void aStampTellsWhetherARunHasBegunSince() {
		long stamp = control.idleStamp();
		control.interrupt();
		assertTrue(control.stillIdle(stamp));
		assertFalse(control.enter());
		assertTrue(control.stillIdle(stamp));
		control.enter();
		assertEquals(-1, control.idleStamp());
		assertFalse(control.stillIdle(stamp));
		control.leave(false);
		assertFalse(control.stillIdle(stamp));
	}
}
