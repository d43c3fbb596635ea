package mshv.tck.interrupt;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

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

/** irqfd and MSI routing. The guest counts what arrives, by vector. */
@Conformance("interrupts by event")
class InterruptsByEvent {
	private static final int GSI = 24;
	private static final int FIRST = CountingGuest.FIRST, SECOND = CountingGuest.SECOND;
	private static final long FIRST_COUNT = CountingGuest.FIRST_COUNT, SECOND_COUNT = CountingGuest.SECOND_COUNT;

	private final Hypervisor hypervisor;
	private final EventFactory events;
	private CountingGuest counting;
	private Guest guest;
	private Partition partition;
	private Event event;

	InterruptsByEvent(Hypervisor hypervisor, EventFactory events) {
		this.hypervisor = hypervisor;
		this.events = events;
	}

	@BeforeEach
	void start() {
		counting = new CountingGuest(hypervisor);
		guest = counting.guest();
		partition = guest.partition();
		event = events.create();
	}

	@AfterEach
	void stop() {
		counting.close();
		event.close();
	}

	private static MsiRoute route(int vector) {
		return new MsiRoute(GSI, 0xFEE0_0000, 0, vector);
	}

	private void awaitCount(long address, long count) {
		Guest.await("interrupt " + count, () -> guest.counter(address) == count);
	}

	@Test
	void aSignalBecomesTheInterruptThatItIsRoutedTo() {
		partition.setMsiRouting(List.of(route(FIRST)));
		partition.assignIrqfd(event, GSI);
		for (int i = 1; i <= 100; i++) {
			event.signal();
			awaitCount(FIRST_COUNT, i);
		}
		assertEquals(0, guest.counter(SECOND_COUNT));
	}

	@Test
	void anEventThatWasSignalledBeforeIsNotLost() {
		partition.setMsiRouting(List.of(route(FIRST)));
		event.signal();
		partition.assignIrqfd(event, GSI);
		awaitCount(FIRST_COUNT, 1);
	}

	@Rule(Section.ROUTING)
	@Test
	void anotherRouteLeadsElsewhere() {
		partition.setMsiRouting(List.of(route(FIRST)));
		partition.assignIrqfd(event, GSI);
		event.signal();
		awaitCount(FIRST_COUNT, 1);
		partition.setMsiRouting(List.of(route(SECOND)));
		event.signal();
		awaitCount(SECOND_COUNT, 1);
		assertEquals(1, guest.counter(FIRST_COUNT));
	}

	@Test
	void anEventMayBeAssignedBeforeItsRouteIsThere() {
		partition.assignIrqfd(event, GSI);
		partition.setMsiRouting(List.of(route(FIRST)));
		event.signal();
		awaitCount(FIRST_COUNT, 1);
	}

	@Rule(Section.ROUTING)
	@Test
	void aSignalWithoutARouteIsNoInterrupt() {
		partition.assignIrqfd(event, GSI);
		event.signal();
		partition.setMsiRouting(List.of(route(FIRST)));
		event.signal();
		awaitCount(FIRST_COUNT, 1);
		partition.setMsiRouting(List.of());
		event.signal();
		partition.setMsiRouting(List.of(route(SECOND)));
		event.signal();
		awaitCount(SECOND_COUNT, 1);
		assertEquals(1, guest.counter(FIRST_COUNT));
	}

	@Test
	void anEventThatIsDeassignedInterruptsNoMore() {
		try (Event other = events.create()) {
			partition.setMsiRouting(List.of(route(FIRST), new MsiRoute(GSI + 1, 0xFEE0_0000, 0, SECOND)));
			partition.assignIrqfd(event, GSI);
			partition.assignIrqfd(other, GSI + 1);
			partition.deassignIrqfd(event, GSI);
			event.signal();
			other.signal();
			awaitCount(SECOND_COUNT, 1);
			assertEquals(0, guest.counter(FIRST_COUNT));
			partition.deassignIrqfd(other, GSI + 1);
		}
	}

	@Test
	void deassigningWhatIsNotAssignedHasNoEffect() {
		partition.setMsiRouting(List.of(route(FIRST)));
		partition.assignIrqfd(event, GSI);
		partition.deassignIrqfd(event, GSI + 1);
		event.signal();
		awaitCount(FIRST_COUNT, 1);
	}

	@Test
	void anEventIsAssignedOnceOnly() {
		partition.assignIrqfd(event, GSI);
		assertRefused(Errno.EBUSY, () -> partition.assignIrqfd(event, GSI));
		assertRefused(Errno.EBUSY, () -> partition.assignIrqfd(event, GSI + 1));
		partition.deassignIrqfd(event, GSI);
		partition.assignIrqfd(event, GSI + 1);
	}

	@Rule(Section.ROUTING)
	@Test
	void aRoutingTableThatIsNotValidLeavesTheOldOne() {
		partition.setMsiRouting(List.of(route(FIRST)));
		partition.assignIrqfd(event, GSI);
		assertRefused(Errno.EINVAL, () -> partition.setMsiRouting(List.of(new MsiRoute(4096, 0xFEE0_0000, 0, SECOND))));
		assertRefused(Errno.EINVAL, () -> partition.setMsiRouting(List.of(new MsiRoute(GSI, 0xFEE0_0000, 1, SECOND))));
		assertRefused(Errno.EINVAL, () -> partition.setMsiRouting(List.of(route(SECOND), route(SECOND))));
		assertRefused(Errno.EINVAL,
			() -> partition.setMsiRouting(IntStream.range(0, 4097).mapToObj(i -> new MsiRoute(i, 0xFEE0_0000, 0, SECOND)).toList()));
		event.signal();
		awaitCount(FIRST_COUNT, 1);
		assertEquals(0, guest.counter(SECOND_COUNT));
	}

	@Rule(Section.ROUTING)
	@Test
	void aTableMayHaveARouteForEachGsi() {
		partition.setMsiRouting(IntStream.range(0, 4096).mapToObj(i -> new MsiRoute(i, 0xFEE0_0000, 0, i == 4095 ? FIRST : SECOND)).toList());
		partition.assignIrqfd(event, 4095);
		event.signal();
		awaitCount(FIRST_COUNT, 1);
		assertEquals(0, guest.counter(SECOND_COUNT));
	}

	@Rule(Section.ROUTING)
	@Test
	void aTableReplacesTheWholeOfTheOneBefore() {
		try (Event other = events.create()) {
			partition.setMsiRouting(List.of(route(FIRST)));
			partition.assignIrqfd(event, GSI);
			partition.assignIrqfd(other, GSI + 1);
			partition.setMsiRouting(List.of(new MsiRoute(GSI + 1, 0xFEE0_0000, 0, SECOND)));
			event.signal();
			other.signal();
			awaitCount(SECOND_COUNT, 1);
			assertEquals(0, guest.counter(FIRST_COUNT));
		}
	}

	@Rule(Section.ROUTING)
	@Test
	void routesAreReplacedUnderLoad() {
		partition.setMsiRouting(List.of(route(FIRST)));
		partition.assignIrqfd(event, GSI);
		AtomicBoolean done = new AtomicBoolean();
		Future<Long> load = guest.start(() -> {
			long signals = 0;
			while (!done.get()) {
				event.signal();
				signals++;
			}
			return signals;
		});
		try {
			for (int i = 0; i < 200; i++) {
				long first = guest.counter(FIRST_COUNT);
				long second = guest.counter(SECOND_COUNT);
				partition.setMsiRouting(List.of(route(SECOND)));
				Guest.await("the second route leads somewhere", () -> guest.counter(SECOND_COUNT) > second);
				partition.setMsiRouting(List.of(route(FIRST)));
				Guest.await("the first route leads somewhere", () -> guest.counter(FIRST_COUNT) > first);
			}
		} finally {
			done.set(true);
		}
		long signals = Guest.join(load);
		assertTrue(guest.counter(FIRST_COUNT) + guest.counter(SECOND_COUNT) <= signals, "more interrupts than signals");
	}
}
