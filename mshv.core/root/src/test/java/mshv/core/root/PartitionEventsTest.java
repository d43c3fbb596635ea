package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

class PartitionEventsTest {
	private static final MsiRoute ROUTE = new MsiRoute(3, 0xFEE00000, 0, 0x31);

	private final List<String> calls = new ArrayList<>();
	private final PartitionEvents events = new PartitionEvents(_ -> {});
	private final Event event = new Event() {
		@Override
		public void signal() {
			throw new UnsupportedOperationException();
		}

		@Override
		public long drain() {
			throw new UnsupportedOperationException();
		}

		@Override
		public Subscription subscribe(Runnable listener) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void close() {
			throw new UnsupportedOperationException();
		}
	};

	@Test
	void withoutAFactoryNothingCanBeBound() {
		assertEquals(Errno.EOPNOTSUPP, assertThrows(HypervisorException.class, () -> events.assign(event, 3)).errno());
		assertEquals(Errno.EOPNOTSUPP, assertThrows(HypervisorException.class, () -> events.setMsiRouting(List.of())).errno());
		events.deassign(event, 3);
	}

	@Test
	void callsArePassedOn() {
		events.use(factory("a"));
		calls.clear();
		events.setMsiRouting(List.of(ROUTE));
		events.assign(event, 3);
		events.deassign(event, 3);
		events.close();
		assertEquals(List.of("a route 1", "a assign 3", "a deassign 3", "a close"), calls);
	}

	@Test
	void anotherFactoryBindsWhatWasBound() {
		events.use(factory("a"));
		events.setMsiRouting(List.of(ROUTE));
		events.assign(event, 3);
		calls.clear();
		events.use(factory("b"));
		assertEquals(List.of("a close", "b route 1", "b assign 3"), calls);
	}

	@Test
	void aFactoryThatGoesAndReturnsBindsWhatWasBound() {
		events.use(factory("a"));
		events.setMsiRouting(List.of(ROUTE));
		events.assign(event, 3);
		events.use(null);
		calls.clear();
		events.use(factory("a"));
		assertEquals(List.of("a route 1", "a assign 3"), calls);
	}

	@Test
	void whatWasRefusedOrDeassignedIsNotBoundAgain() {
		events.use(factory("a"));
		events.assign(event, 3);
		assertThrows(HypervisorException.class, () -> events.assign(event, 666));
		assertThrows(HypervisorException.class, () -> events.setMsiRouting(List.of(ROUTE, ROUTE)));
		events.use(null);
		events.deassign(event, 3);
		calls.clear();
		events.use(factory("b"));
		assertEquals(List.of("b route 0"), calls);
	}

	@Test
	void aClosedPartitionIsNotBoundAgain() {
		events.use(factory("a"));
		events.close();
		calls.clear();
		events.use(factory("b"));
		assertEquals(List.of(), calls);
	}

	private EventBindings.Factory factory(String name) {
		return _ -> new EventBindings() {
			@Override
			public void setMsiRouting(List<MsiRoute> routes) {
				if (routes.size() > 1) {
					throw new HypervisorException("two", Errno.EINVAL);
				}
				calls.add(name + " route " + routes.size());
			}

			@Override
			public void assignIrqfd(Event assigned, int gsi) {
				if (gsi == 666) {
					throw new HypervisorException("no", Errno.EBUSY);
				}
				calls.add(name + " assign " + gsi);
			}

			@Override
			public void deassignIrqfd(Event deassigned, int gsi) {
				calls.add(name + " deassign " + gsi);
			}

			@Override
			public void close() {
				calls.add(name + " close");
			}
		};
	}
}
