package mshv.backend.emu.apic;

import static mshv.backend.emu.apic.ApicBench.CURRENT_COUNT;
import static mshv.backend.emu.apic.ApicBench.DIVIDE;
import static mshv.backend.emu.apic.ApicBench.INITIAL_COUNT;
import static mshv.backend.emu.apic.ApicBench.LVT_TIMER;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.ref.WeakReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.backend.emu.Collected;

class ApicTimerTest {
	private final ApicBench bench = new ApicBench();

	@AfterEach
	void close() {
		bench.close();
	}

	@Test
	void theOneShotTimerCountsDownOnce() {
		bench.apic().writePage(LVT_TIMER, 4, 0x40);
		bench.apic().writePage(DIVIDE, 4, 3);
		bench.apic().writePage(INITIAL_COUNT, 4, 100);
		bench.clock.now += 800;
		assertEquals(50, bench.apic().readPage(CURRENT_COUNT, 4));
		bench.apic().pollTimer();
		assertEquals(-1, bench.apic().acknowledge());
		bench.clock.now += 800;
		bench.apic().pollTimer();
		assertEquals(0x40, bench.apic().acknowledge());
		assertEquals(0, bench.apic().readPage(CURRENT_COUNT, 4));
		bench.apic().endOfInterrupt();
		bench.clock.now += 10_000;
		bench.apic().pollTimer();
		assertEquals(-1, bench.apic().acknowledge());
	}

	@Test
	void thePeriodicTimerGoesOn() {
		bench.apic().writePage(LVT_TIMER, 4, 0x20040);
		bench.apic().writePage(DIVIDE, 4, 0xB);
		bench.apic().writePage(INITIAL_COUNT, 4, 1000);
		for (int i = 0; i < 3; i++) {
			bench.clock.now += 1000;
			bench.apic().pollTimer();
			assertEquals(0x40, bench.apic().acknowledge());
			bench.apic().endOfInterrupt();
		}
		bench.clock.now += 300;
		assertEquals(700, bench.apic().readPage(CURRENT_COUNT, 4));
		bench.apic().writePage(INITIAL_COUNT, 4, 0);
		bench.clock.now += 10_000;
		bench.apic().pollTimer();
		assertEquals(-1, bench.apic().acknowledge());
	}

	@Test
	void theDeadlineTimerWaitsForTheCounter() {
		bench.apic().setTimeStampDeadline(5000);
		assertEquals(0, bench.apic().timeStampDeadline(), "ignored in other modes");
		bench.apic().writePage(LVT_TIMER, 4, 0x40040);
		bench.apic().setTimeStampDeadline(5000);
		assertEquals(5000, bench.apic().timeStampDeadline());
		bench.clock.now = 5000;
		bench.apic().pollTimer();
		assertEquals(0x40, bench.apic().acknowledge());
		assertEquals(0, bench.apic().timeStampDeadline());
		bench.apic().endOfInterrupt();
		bench.apic().setTimeStampDeadline(4000);
		assertEquals(0x40, bench.apic().acknowledge(), "a deadline in the past is met at once");
		bench.apic().endOfInterrupt();
		bench.apic().setTimeStampDeadline(9000);
		bench.apic().writePage(LVT_TIMER, 4, 0x40);
		bench.clock.now = 10_000;
		bench.apic().pollTimer();
		assertEquals(-1, bench.apic().acknowledge(), "another mode disarms it");
	}

	@Test
	void theQueueHoldsNoTimerThatIsClosed() {
		ApicTimer timer = new ApicTimer(bench.clock, bench.timers, WakeUp.Keeper.NONE, () -> {});
		timer.setDivideRegister(0xA);
		timer.setInitialCount(2_000_000_000);
		timer.setInitialCount(1_000_000_000);
		timer.close();
		WeakReference<ApicTimer> closed = new WeakReference<>(timer);
		timer = null;
		Collected.await(closed, "the timer");
	}
}
