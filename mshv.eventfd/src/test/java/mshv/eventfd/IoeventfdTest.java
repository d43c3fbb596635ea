package mshv.eventfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

import org.junit.jupiter.api.Test;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.driver.EventBindings;
import mshv.api.driver.EventBindings.Bound;
import mshv.api.event.Event;

class IoeventfdTest {
	private final FakeTarget target = new FakeTarget();
	private final IrqfdFactory factory = new IrqfdFactory();
	private final EventBindings bindings = factory.create(target, Bound.NOTHING);
	private final Event event = new LocalEventFactory().create();
	private final DoorbellRequest doorbell = DoorbellRequest.matching(0x1000, 4, 7, event);

	private static void refused(Errno errno, Runnable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call::run).errno());
	}

	private void assign(DoorbellRequest request) {
		bindings.assignIoeventfd(request);
	}

	@Test
	void aRingSignalsTheEvent() {
		assign(doorbell);
		target.doorbells.get("1000/4/7").run();
		target.doorbells.get("1000/4/7").run();
		assertEquals(2, event.drain());
		bindings.deassignIoeventfd(doorbell);
		assertEquals(Set.of(), target.doorbells.keySet());
	}

	@Test
	void checksAreMadeInTheirOrder() {
		assign(doorbell);
		event.close();
		refused(Errno.EOPNOTSUPP, () -> assign(new DoorbellRequest(-1, 3, OptionalLong.empty(), true, event)));
		refused(Errno.EINVAL, () -> assign(DoorbellRequest.anyValue(-1, 3, event)));
		refused(Errno.EINVAL, () -> assign(DoorbellRequest.anyValue(-1, 4, event)));
		refused(Errno.EBADF, () -> assign(doorbell));
		refused(Errno.EEXIST, () -> assign(DoorbellRequest.matching(0x1000, 4, 7, new LocalEventFactory().create())));
		assertEquals(Set.of("1000/4/7"), target.doorbells.keySet());
	}

	@Test
	void theHighestAddressMayHaveADoorbellOfAnyLength() {
		assign(DoorbellRequest.anyValue(-1, 0, event));
		assign(DoorbellRequest.anyValue(-9, 8, event));
		refused(Errno.EINVAL, () -> assign(DoorbellRequest.anyValue(-8, 8, event)));
	}

	@Test
	void aDoorbellThatTheHypervisorRefusesIsNotThere() {
		target.full = true;
		refused(Errno.ENOMEM, () -> assign(doorbell));
		refused(Errno.ENOENT, () -> bindings.deassignIoeventfd(doorbell));
		target.full = false;
		assign(doorbell);
	}

	@Test
	void bindingsThatReturnConnectAgainAndDoWithoutWhatIsRefused() {
		assign(doorbell);
		bindings.close();
		assertEquals(Set.of(), target.doorbells.keySet());
		Bound bound = new Bound(List.of(), List.of(), List.of(doorbell));
		target.full = true;
		EventBindings without = factory.create(target, bound);
		refused(Errno.ENOENT, () -> without.deassignIoeventfd(doorbell));
		target.full = false;
		factory.create(target, bound).deassignIoeventfd(doorbell);
	}

	@Test
	void theFactoryDisconnectsWhatItMadeWhenItGoes() {
		assign(doorbell);
		factory.deactivate();
		assertEquals(Set.of(), target.doorbells.keySet());
		refused(Errno.EBADF, () -> assign(doorbell));
	}
}
