package mshv.tck.interrupt;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MsiRoute;
import mshv.api.Partition;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.Rule;
import mshv.tck.Section;

/** Level-triggered irqfds with resampling. The guest counts what arrives and ends it. */
@Rule(Section.RESAMPLE)
@Conformance("interrupts by event")
class ResampledInterrupts {
	private static final int GSI = 9;
	private static final int VECTOR = CountingGuest.FIRST, OTHER = CountingGuest.SECOND;
	private static final long COUNT = CountingGuest.FIRST_COUNT, OTHER_COUNT = CountingGuest.SECOND_COUNT;
	private static final int LEVEL = 0x8000;

	private final Hypervisor hypervisor;
	private final EventFactory events;
	private CountingGuest counting;
	private Guest guest;
	private Partition partition;
	private Event event;
	private Event resample;

	ResampledInterrupts(Hypervisor hypervisor, EventFactory events) {
		this.hypervisor = hypervisor;
		this.events = events;
	}

	@BeforeEach
	void start() {
		counting = new CountingGuest(hypervisor);
		guest = counting.guest();
		partition = guest.partition();
		event = events.create();
		resample = events.create();
	}

	@AfterEach
	void stop() {
		counting.close();
		event.close();
		resample.close();
	}

	private static MsiRoute level(int gsi, int vector) {
		return new MsiRoute(gsi, 0xFEE0_0000, 0, vector | LEVEL);
	}

	private static void awaitDrained(Event told) {
		Guest.await("the end of the interrupt", () -> told.drain() != 0);
	}

	@Test
	void theEndOfTheInterruptIsToldToTheDeviceAndNotToTheVmm() {
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, resample, GSI);
		for (int i = 1; i <= 100; i++) {
			event.signal();
			awaitDrained(resample);
			assertEquals(i, guest.counter(COUNT));
		}
		guest.processor().interrupt();
		assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(counting.run()));
	}

	@Test
	void aDeviceThatStillAssertsItsLineInterruptsAgain() {
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, resample, GSI);
		AtomicLong left = new AtomicLong(1000);
		resample.subscribe(() -> {
			if (resample.drain() != 0 && left.decrementAndGet() > 0) {
				event.signal();
			}
		});
		event.signal();
		Guest.await("the line falls", () -> left.get() == 0);
		assertEquals(1000, guest.counter(COUNT));
	}

	@Test
	void allThatShareTheLineAreTold() {
		try (Event second = events.create(); Event secondResample = events.create()) {
			partition.setMsiRouting(List.of(level(GSI, VECTOR)));
			partition.assignIrqfd(event, resample, GSI);
			partition.assignIrqfd(second, secondResample, GSI);
			second.signal();
			awaitDrained(resample);
			awaitDrained(secondResample);
			partition.deassignIrqfd(second, GSI);
			event.signal();
			awaitDrained(resample);
			assertEquals(0, secondResample.drain());
		}
	}

	@Test
	void theEndOfAnotherInterruptIsNotTold() {
		try (Event second = events.create(); Event secondResample = events.create()) {
			partition.setMsiRouting(List.of(level(GSI, VECTOR), level(GSI + 1, OTHER)));
			partition.assignIrqfd(event, resample, GSI);
			partition.assignIrqfd(second, secondResample, GSI + 1);
			second.signal();
			awaitDrained(secondResample);
			assertEquals(0, resample.drain());
			assertEquals(0, guest.counter(COUNT));
		}
	}

	@Test
	void aNewRouteIsResampledByItsNewVector() {
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, resample, GSI);
		partition.setMsiRouting(List.of(level(GSI, OTHER)));
		event.signal();
		awaitDrained(resample);
		assertEquals(1, guest.counter(OTHER_COUNT));
	}

	@Test
	void withoutResamplingTheEndIsAnIntercept() {
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, GSI);
		event.signal();
		assertEquals(new Intercept.ApicEoi(0, VECTOR), Guest.join(counting.run()));
		counting.runAgain();
	}

	@Test
	void afterItWasDeassignedTheEndIsAnInterceptAgain() {
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, resample, GSI);
		event.signal();
		awaitDrained(resample);
		partition.deassignIrqfd(event, GSI);
		partition.assignIrqfd(event, GSI);
		event.signal();
		assertEquals(new Intercept.ApicEoi(0, VECTOR), Guest.join(counting.run()));
		assertEquals(0, resample.drain());
		counting.runAgain();
	}

	@Test
	void theRouteMustBeThereAndLevelTriggered() {
		assertRefused(Errno.EINVAL, () -> partition.assignIrqfd(event, resample, GSI));
		partition.setMsiRouting(List.of(new MsiRoute(GSI, 0xFEE0_0000, 0, VECTOR)));
		assertRefused(Errno.EINVAL, () -> partition.assignIrqfd(event, resample, GSI));
		assertRefused(Errno.EINVAL, () -> partition.assignIrqfd(event, resample, 4096));
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, resample, GSI);
	}

	@Test
	void anEventThatIsBoundIsBusyBeforeItsRouteIsLookedAt() {
		partition.assignIrqfd(event, GSI);
		assertRefused(Errno.EBUSY, () -> partition.assignIrqfd(event, resample, GSI));
	}

	@Test
	void aClosedEventCannotBeBound() {
		event.close();
		assertRefused(Errno.EBADF, () -> partition.assignIrqfd(event, GSI));
		try (Event open = events.create()) {
			resample.close();
			assertRefused(Errno.EBADF, () -> partition.assignIrqfd(open, resample, GSI));
		}
	}

	@Test
	void devicesComeAndGoWhileTheirLineIsShared() {
		partition.setMsiRouting(List.of(level(GSI, VECTOR)));
		partition.assignIrqfd(event, resample, GSI);
		AtomicBoolean done = new AtomicBoolean();
		Future<Long> load = guest.start(() -> {
			long told = 0;
			while (!done.get()) {
				event.signal();
				awaitDrained(resample);
				told++;
			}
			return told;
		});
		try {
			for (int i = 0; i < 500; i++) {
				try (Event guestDevice = events.create(); Event told = events.create()) {
					partition.assignIrqfd(guestDevice, told, GSI);
					guestDevice.signal();
					if (i % 50 == 0) {
						awaitDrained(told);
					}
					partition.deassignIrqfd(guestDevice, GSI);
					told.drain();
					guestDevice.signal();
					assertEquals(0, told.drain(), "told after it was deassigned");
				}
			}
		} finally {
			done.set(true);
		}
		Guest.join(load);
	}
}
