package mshv.backend.mshv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Timeout(60)
class RunsTest {
	private final Runs runs = new Runs(new Kernel());

	/** Runs on a thread of its own until it is to end. */
	private Thread start() throws InterruptedException {
		CountDownLatch entered = new CountDownLatch(1);
		Thread thread = Thread.ofPlatform().start(() -> {
			runs.enter();
			entered.countDown();
			while (!runs.ending()) {
				Thread.onSpinWait();
			}
			runs.leave(true);
		});
		entered.await();
		return thread;
	}

	@Test
	void anInterruptEndsTheRunThatIsUnderWayAndNoOther() throws InterruptedException {
		Thread thread = start();
		runs.interrupt();
		thread.join();
		assertTrue(runs.enter());
		assertFalse(runs.ending());
		runs.leave(false);
	}

	@Test
	void anInterruptWithoutARunEndsTheNextOnly() {
		runs.interrupt();
		runs.interrupt();
		assertFalse(runs.enter());
		assertTrue(runs.enter());
		runs.leave(false);
	}

	@Test
	void anInterruptThatCameTooLateEndsTheNextRun() {
		assertTrue(runs.enter());
		Thread interrupter = Thread.ofPlatform().start(runs::interrupt);
		while (!runs.ending()) {
			Thread.onSpinWait();
		}
		// The intercept had come already
		runs.leave(false);
		assertFalse(runs.enter());
		join(interrupter);
	}

	private static void join(Thread thread) {
		try {
			thread.join();
		} catch (InterruptedException e) {
			throw new AssertionError(e);
		}
	}

	@Test
	void aSecondThreadIsRefused() throws InterruptedException {
		Thread thread = start();
		assertEquals(Errno.EBUSY, assertThrows(HypervisorException.class, runs::enter).errno());
		runs.interrupt();
		thread.join();
	}

	@Test
	void closingEndsTheRunAndLetsNoneBegin() throws InterruptedException {
		Thread thread = start();
		runs.close();
		thread.join();
		assertEquals(HvStatus.INVALID_PARTITION_ID, assertThrows(HypervisorException.class, runs::enter).status());
	}
}
