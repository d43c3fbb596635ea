package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

class PartitionEventsTest {
	private static final MsiRoute ROUTE = new MsiRoute(3, 0xFEE00000, 0, 0x31);

	private final List<String> calls = new ArrayList<>();
	private final PartitionEvents events = new PartitionEvents(new EventBindings.Target() {
		@Override
		public void assertInterrupt(InterruptRequest request) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void clearInterrupt() {
			throw new UnsupportedOperationException();
		}

		@Override
		public EventBindings.Doorbell connectDoorbell(long address, int length, OptionalLong match, Runnable doorbell) {
			throw new UnsupportedOperationException();
		}
	});
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
		public boolean isOpen() {
			return true;
		}

		@Override
		public void close() {
			throw new UnsupportedOperationException();
		}
	};
	private final DoorbellRequest doorbell = DoorbellRequest.anyValue(0x1000, 4, event);

	@Test
	void withoutAFactoryNothingCanBeBound() {
		refused(Errno.EOPNOTSUPP, () -> events.assign(event, null, 3));
		refused(Errno.EOPNOTSUPP, () -> events.assign(doorbell));
		refused(Errno.EOPNOTSUPP, () -> events.setMsiRouting(List.of()));
		events.deassign(event, 3);
		refused(Errno.ENOENT, () -> events.deassign(doorbell));
		assertFalse(events.interruptEnded(0x31));
	}

	@Test
	void callsArePassedOn() {
		events.use(factory("a"));
		calls.clear();
		events.setMsiRouting(List.of(ROUTE));
		events.assign(event, null, 3);
		events.assign(doorbell);
		assertTrue(events.interruptEnded(0x31));
		events.deassign(doorbell);
		events.deassign(event, 3);
		events.close();
		assertEquals(List.of("a route 1", "a assign 3", "a assign 1000", "a ended 31", "a deassign 1000", "a deassign 3", "a close"), calls);
	}

	@Test
	void anotherFactoryBindsWhatWasBound() {
		events.use(factory("a"));
		events.setMsiRouting(List.of(ROUTE));
		events.assign(event, null, 3);
		events.assign(doorbell);
		calls.clear();
		events.use(factory("b"));
		assertEquals(List.of("b with 1 1 1", "a close"), calls);
	}

	@Test
	void aFactoryThatGoesAndReturnsBindsWhatWasBound() {
		events.use(factory("a"));
		events.setMsiRouting(List.of(ROUTE));
		events.assign(event, null, 3);
		events.assign(doorbell);
		events.use(null);
		calls.clear();
		events.use(factory("a"));
		assertEquals(List.of("a with 1 1 1"), calls);
	}

	@Test
	void whatWasRefusedOrDeassignedIsNotBoundAgain() {
		events.use(factory("a"));
		events.assign(event, null, 3);
		events.assign(doorbell);
		refused(Errno.EBUSY, () -> events.assign(event, null, 666));
		refused(Errno.EEXIST, () -> events.assign(DoorbellRequest.anyValue(0x666, 4, event)));
		refused(Errno.EINVAL, () -> events.setMsiRouting(List.of(ROUTE, ROUTE)));
		events.use(null);
		events.deassign(event, 3);
		events.deassign(doorbell);
		calls.clear();
		events.use(factory("b"));
		assertEquals(List.of("b with 0 0 0"), calls);
	}

	@Test
	void aDoorbellThatTheNewBindingsCouldNotBindCanBeDeassigned() {
		events.use(factory("a"));
		DoorbellRequest lost = DoorbellRequest.anyValue(0x10C7, 4, event);
		events.assign(lost);
		events.deassign(lost);
		refused(Errno.ENOENT, () -> events.deassign(lost));
	}

	@Test
	void aClosedPartitionIsNotBoundAgain() {
		events.use(factory("a"));
		events.close();
		calls.clear();
		events.use(factory("b"));
		assertEquals(List.of(), calls);
	}

	private static void refused(Errno errno, Executable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call).errno());
	}

	private EventBindings.Factory factory(String name) {
		return (_, bound) -> {
			calls.add(name + " with " + bound.routes().size() + " " + bound.irqfds().size() + " " + bound.ioeventfds().size());
			return new Recorder(name);
		};
	}

	/** Bindings that write down what they are told. */
	private final class Recorder implements EventBindings {
		private final String name;

		Recorder(String name) {
			this.name = name;
		}

		@Override
		public void setMsiRouting(List<MsiRoute> routes) {
			if (routes.size() > 1) {
				throw new HypervisorException("two", Errno.EINVAL);
			}
			calls.add(name + " route " + routes.size());
		}

		@Override
		public void assignIrqfd(Event assigned, Event resample, int gsi) {
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
		public boolean interruptEnded(int vector) {
			return calls.add(name + " ended " + Integer.toHexString(vector));
		}

		@Override
		public void assignIoeventfd(DoorbellRequest request) {
			if (request.address() == 0x666) {
				throw new HypervisorException("no", Errno.EEXIST);
			}
			calls.add(name + " assign " + Long.toHexString(request.address()));
		}

		@Override
		public void deassignIoeventfd(DoorbellRequest request) {
			if (request.address() == 0x10C7) {
				throw new HypervisorException("no", Errno.ENOENT);
			}
			calls.add(name + " deassign " + Long.toHexString(request.address()));
		}

		@Override
		public void close() {
			calls.add(name + " close");
		}
	}
}
