package mshv.eventfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.InterruptRequest.Type;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

class PartitionBindingsTest {
	private final FakeTarget target = new FakeTarget();
	private final List<InterruptRequest> asserted = target.asserted;
	private final IrqfdFactory factory = new IrqfdFactory();
	private final EventBindings bindings = factory.create(target, EventBindings.Bound.NOTHING);
	private final Event event = new LocalEventFactory().create();

	@Test
	void aSignalAssertsTheInterruptOfTheRoute() {
		bindings.setMsiRouting(List.of(route(3, 0x31), route(4, 0x41)));
		bindings.assignIrqfd(event, null, 4);
		event.signal();
		assertEquals(List.of(InterruptRequest.fixed(0x41, 0)), asserted);
		assertEquals(0, event.drain());
	}

	@Test
	void theMessageIsDecoded() {
		bindings.setMsiRouting(List.of(new MsiRoute(1, 0xFEE12000 | 4, 0, 0x8000 | 1 << 8 | 0x77)));
		bindings.assignIrqfd(event, null, 1);
		event.signal();
		assertEquals(List.of(new InterruptRequest(Type.LOWEST_PRIORITY, 0x77, 0x12, true, true)), asserted);
	}

	@Test
	void anEventThatIsSignalledAlreadyAssertsAtOnceAndOnce() {
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		event.signal();
		event.signal();
		bindings.assignIrqfd(event, null, 3);
		assertEquals(1, asserted.size());
	}

	@Test
	void withoutARouteSignalsAreDroppedUntilThereIsOne() {
		bindings.assignIrqfd(event, null, 3);
		event.signal();
		assertEquals(List.of(), asserted);
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		assertEquals(List.of(), asserted);
		event.signal();
		assertEquals(List.of(InterruptRequest.fixed(0x31, 0)), asserted);
	}

	@Test
	void aGsiBeyondTheTableIsAcceptedButLeadsNowhere() {
		bindings.assignIrqfd(event, null, 100_000);
		event.signal();
		assertEquals(List.of(), asserted);
	}

	@Test
	void anEventIsBoundOnceWhateverTheGsi() {
		bindings.assignIrqfd(event, null, 3);
		refused(Errno.EBUSY, () -> bindings.assignIrqfd(event, null, 4));
		bindings.deassignIrqfd(event, 3);
		bindings.assignIrqfd(event, null, 4);
	}

	@Test
	void twoEventsMayShareAGsi() {
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		Event other = new LocalEventFactory().create();
		bindings.assignIrqfd(event, null, 3);
		bindings.assignIrqfd(other, null, 3);
		event.signal();
		other.signal();
		assertEquals(2, asserted.size());
	}

	@Test
	void ofTwoPartitionsTheFirstGetsTheSignal() {
		FakeTarget second = new FakeTarget();
		EventBindings others = factory.create(second, EventBindings.Bound.NOTHING);
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		others.setMsiRouting(List.of(route(3, 0x31)));
		bindings.assignIrqfd(event, null, 3);
		others.assignIrqfd(event, null, 3);
		event.signal();
		assertEquals(1, asserted.size());
		assertEquals(0, second.asserted.size());
	}

	@Test
	void deassigningNamesEventAndGsi() {
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		bindings.assignIrqfd(event, null, 3);
		bindings.deassignIrqfd(event, 4);
		bindings.deassignIrqfd(new LocalEventFactory().create(), 3);
		event.signal();
		assertEquals(1, asserted.size());
		bindings.deassignIrqfd(event, 3);
		event.signal();
		assertEquals(1, asserted.size());
	}

	@Test
	void theWholeTableIsReplaced() {
		bindings.setMsiRouting(List.of(route(3, 0x31), route(4, 0x41)));
		bindings.assignIrqfd(event, null, 3);
		bindings.setMsiRouting(List.of(route(4, 0x42)));
		event.signal();
		assertEquals(List.of(), asserted);
		bindings.setMsiRouting(List.of(route(3, 0x33)));
		event.signal();
		bindings.setMsiRouting(List.of());
		event.signal();
		assertEquals(List.of(InterruptRequest.fixed(0x33, 0)), asserted);
	}

	/** As with an eventfd of another process, whose signals are heard of some time after they were made. */
	@Test
	void aSignalTakesTheRouteOfItsTimeAlsoIfItIsHeardOfLater() {
		AtomicLong counter = new AtomicLong();
		Event late = new Event() {
			@Override
			public void signal() {
				counter.incrementAndGet();
			}

			@Override
			public long drain() {
				return counter.getAndSet(0);
			}

			@Override
			public Subscription subscribe(Runnable listener) {
				return () -> { };
			}

			@Override
			public boolean isOpen() {
				return true;
			}

			@Override
			public void close() {
				// Nothing is open
			}
		};
		bindings.assignIrqfd(late, null, 3);
		late.signal();
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		assertEquals(List.of(), asserted);
		late.signal();
		bindings.setMsiRouting(List.of(route(3, 0x33)));
		assertEquals(List.of(InterruptRequest.fixed(0x31, 0)), asserted);
	}

	@Test
	void aTableThatIsRefusedLeavesTheOldOne() {
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		bindings.assignIrqfd(event, null, 3);
		refused(Errno.EINVAL, () -> bindings.setMsiRouting(List.of(route(3, 0x32), route(3, 0x33))));
		refused(Errno.EINVAL, () -> bindings.setMsiRouting(List.of(route(3, 0x32), route(4096, 0x33))));
		refused(Errno.EINVAL, () -> bindings.setMsiRouting(List.of(route(-1, 0x33))));
		refused(Errno.EINVAL, () -> bindings.setMsiRouting(List.of(new MsiRoute(3, 0xFEE00000, 1, 0x34))));
		refused(Errno.EINVAL, () -> bindings.setMsiRouting(IntStream.range(0, 4097).mapToObj(i -> route(i, 0x32)).toList()));
		event.signal();
		assertEquals(List.of(InterruptRequest.fixed(0x31, 0)), asserted);
	}

	@Test
	void aTableMayHaveAllRoutes() {
		bindings.setMsiRouting(IntStream.range(0, 4096).mapToObj(i -> route(i, 0x32)).toList());
		bindings.assignIrqfd(event, null, 4095);
		event.signal();
		assertEquals(1, asserted.size());
	}

	@Test
	void aRefusalByTheHypervisorDoesNotReachTheDevice() {
		target.sink = _ -> {
			throw new HypervisorException("no", HvStatus.INVALID_PARAMETER);
		};
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		bindings.assignIrqfd(event, null, 3);
		event.signal();
		assertEquals(0, event.drain());
	}

	@Test
	void newRoutesHoldForEverySignalAfterTheyWereSet() throws InterruptedException {
		CountDownLatch firing = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		List<String> order = Collections.synchronizedList(new ArrayList<>());
		target.sink = request -> {
			firing.countDown();
			LocalEventTest.await(goOn);
			order.add("vector " + request.vector());
		};
		bindings.setMsiRouting(List.of(route(3, 1)));
		bindings.assignIrqfd(event, null, 3);
		Thread signaller = Thread.ofPlatform().start(event::signal);
		firing.await();
		Thread router = Thread.ofPlatform().start(() -> {
			bindings.setMsiRouting(List.of(route(3, 2)));
			order.add("routed");
		});
		while (router.getState() != Thread.State.BLOCKED) {
			Thread.onSpinWait();
		}
		goOn.countDown();
		signaller.join();
		router.join();
		event.signal();
		assertEquals(List.of("vector 1", "routed", "vector 2"), order);
	}

	@Test
	void afterClosingNothingIsAssertedOrBound() {
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		bindings.assignIrqfd(event, null, 3);
		bindings.close();
		bindings.close();
		event.signal();
		assertEquals(List.of(), asserted);
		refused(Errno.EBADF, () -> bindings.assignIrqfd(event, null, 3));
		refused(Errno.EBADF, () -> bindings.setMsiRouting(List.of()));
	}

	@Test
	void theFactoryUnbindsWhatItMadeWhenItGoes() {
		bindings.setMsiRouting(List.of(route(3, 0x31)));
		bindings.assignIrqfd(event, null, 3);
		factory.deactivate();
		event.signal();
		assertEquals(List.of(), asserted);
		assertEquals(1, event.drain());
	}

	private static MsiRoute route(int gsi, int vector) {
		return new MsiRoute(gsi, 0xFEE00000, 0, vector);
	}

	private static void refused(Errno errno, Runnable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call::run).errno());
	}
}
