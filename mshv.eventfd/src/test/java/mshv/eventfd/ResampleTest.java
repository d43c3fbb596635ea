package mshv.eventfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.driver.EventBindings.Bound;
import mshv.api.driver.EventBindings.IrqfdRequest;
import mshv.api.event.Event;

@Timeout(60)
class ResampleTest {
	private static final int LEVEL = 0x8000, EXTINT = 7 << 8;

	private final FakeTarget target = new FakeTarget();
	private final IrqfdFactory factory = new IrqfdFactory();
	private final EventBindings bindings = factory.create(target, Bound.NOTHING);
	private final Event event = new LocalEventFactory().create();
	private final Event resample = new LocalEventFactory().create();

	private static MsiRoute route(int gsi, int data) {
		return new MsiRoute(gsi, 0xFEE00000, 0, data);
	}

	private static void refused(Errno errno, Runnable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call::run).errno());
	}

	@Test
	void theEndOfTheVectorIsTold() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
		assertFalse(bindings.interruptEnded(0x32));
		assertEquals(0, resample.drain());
		assertTrue(bindings.interruptEnded(0x31));
		assertEquals(1, resample.drain());
		assertEquals(0, target.cleared);
	}

	@Test
	void irqfdsWithoutResamplingAreNotTold() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, null, 3);
		assertFalse(bindings.interruptEnded(0x31));
	}

	@Test
	void anExternalInterruptIsTakenBackBeforeItsEndIsTold() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL | EXTINT)));
		bindings.assignIrqfd(event, resample, 3);
		resample.subscribe(() -> assertEquals(1, target.cleared));
		assertTrue(bindings.interruptEnded(0x31));
		assertEquals(1, resample.drain());
	}

	@Test
	void theRouteMustBeLevelTriggered() {
		refused(Errno.EINVAL, () -> bindings.assignIrqfd(event, resample, 3));
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		refused(Errno.EINVAL, () -> bindings.assignIrqfd(event, resample, 3));
		refused(Errno.EINVAL, () -> bindings.assignIrqfd(event, resample, -1));
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
	}

	@Test
	void checksAreMadeInTheirOrder() {
		bindings.assignIrqfd(event, null, 3);
		refused(Errno.EBUSY, () -> bindings.assignIrqfd(event, resample, 3));
		resample.close();
		refused(Errno.EBADF, () -> bindings.assignIrqfd(event, resample, 3));
	}

	@Test
	void whileItsRouteIsMaskedNothingIsTold() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
		bindings.setMsiRouting(List.of());
		assertFalse(bindings.interruptEnded(0x31));
		bindings.setMsiRouting(List.of(route(3, 0x41 | LEVEL)));
		assertFalse(bindings.interruptEnded(0x31));
		assertTrue(bindings.interruptEnded(0x41));
	}

	@Test
	void bindingsThatReturnTakeWhatWasBoundEvenIfItsRouteIsMasked() {
		EventBindings again = factory.create(target, new Bound(List.of(), List.of(new IrqfdRequest(event, resample, 3)), List.of()));
		again.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		event.signal();
		assertEquals(1, target.asserted.size());
		assertTrue(again.interruptEnded(0x31));
		assertEquals(1, resample.drain());
	}

	@Test
	void anEventThatHasEndedIsForgotten() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		Event first = new LocalEventFactory().create();
		bindings.assignIrqfd(first, resample, 3);
		first.close();
		bindings.assignIrqfd(event, null, 3);
		assertFalse(bindings.interruptEnded(0x31));
	}

	@Test
	void aListenerMayDeassignWhatToldIt() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
		resample.subscribe(() -> bindings.deassignIrqfd(event, 3));
		assertTrue(bindings.interruptEnded(0x31));
		assertFalse(bindings.interruptEnded(0x31));
		event.signal();
		assertEquals(0, target.asserted.size());
	}

	@Test
	void deassigningWaitsForWhoeverIsBeingToldAndHoldsNothingMeanwhile() throws InterruptedException {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
		CountDownLatch telling = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		AtomicBoolean changed = new AtomicBoolean();
		resample.subscribe(() -> {
			telling.countDown();
			LocalEventTest.await(goOn);
			// While the other thread waits for this listener
			bindings.setMsiRouting(List.of());
			changed.set(true);
		});
		Thread processor = Thread.ofPlatform().start(() -> bindings.interruptEnded(0x31));
		telling.await();
		Thread device = Thread.ofPlatform().start(() -> {
			bindings.deassignIrqfd(event, 3);
			assertTrue(changed.get());
		});
		while (device.getState() != Thread.State.WAITING) {
			Thread.onSpinWait();
		}
		goOn.countDown();
		processor.join();
		device.join();
		assertTrue(changed.get());
	}

	@Test
	void aDeviceMaySignalUnderTheLockThatItsListenerTakes() throws InterruptedException {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
		Object device = new Object();
		resample.subscribe(() -> {
			synchronized (device) {
				resample.drain();
			}
		});
		Thread processor = Thread.ofPlatform().start(() -> {
			for (int i = 0; i < 20_000; i++) {
				bindings.interruptEnded(0x31);
			}
		});
		for (int i = 0; i < 20_000; i++) {
			synchronized (device) {
				event.signal();
			}
		}
		processor.join();
	}

	@Test
	void refusalsReachNeitherDeviceNorProcessor() {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		bindings.assignIrqfd(event, resample, 3);
		target.sink = _ -> {
			throw new HypervisorException("no", HvStatus.INVALID_PARTITION_ID);
		};
		event.signal();
		assertTrue(bindings.interruptEnded(0x31));
	}

	@Test
	void nothingIsAssertedOrToldAfterDeassigningWhileOthersSignalAndEnd() throws InterruptedException {
		bindings.setMsiRouting(List.of(route(3, 0x31 | LEVEL)));
		AtomicBoolean assigned = new AtomicBoolean();
		AtomicInteger late = new AtomicInteger();
		target.sink = _ -> {
			if (!assigned.get()) {
				late.incrementAndGet();
			}
		};
		resample.subscribe(() -> {
			if (!assigned.get()) {
				late.incrementAndGet();
			}
		});
		AtomicBoolean done = new AtomicBoolean();
		Thread signaller = Thread.ofPlatform().start(() -> {
			while (!done.get()) {
				event.signal();
			}
		});
		Thread processor = Thread.ofPlatform().start(() -> {
			while (!done.get()) {
				bindings.interruptEnded(0x31);
			}
		});
		for (int i = 0; i < 2000; i++) {
			assigned.set(true);
			bindings.assignIrqfd(event, resample, 3);
			bindings.deassignIrqfd(event, 3);
			assigned.set(false);
		}
		done.set(true);
		signaller.join();
		processor.join();
		assertEquals(0, late.get());
	}

	@Test
	void aSignalTakesTheOldRouteOrTheNewOneNeverAMix() throws InterruptedException {
		AtomicInteger mixed = new AtomicInteger();
		AtomicInteger seen = new AtomicInteger();
		target.sink = request -> {
			seen.incrementAndGet();
			if (request.vector() - 0x20 != request.destination()) {
				mixed.incrementAndGet();
			}
		};
		bindings.setMsiRouting(List.of(new MsiRoute(3, 0xFEE00000, 0, 0x20)));
		bindings.assignIrqfd(event, null, 3);
		AtomicBoolean done = new AtomicBoolean();
		Thread signaller = Thread.ofPlatform().start(() -> {
			while (!done.get()) {
				event.signal();
			}
		});
		for (int i = 0; i < 5000 || seen.get() < 100; i++) {
			int n = i & 0x7F;
			bindings.setMsiRouting(List.of(new MsiRoute(3, 0xFEE00000 | n << 12, 0, 0x20 + n)));
		}
		done.set(true);
		signaller.join();
		assertEquals(0, mixed.get());
	}
}
