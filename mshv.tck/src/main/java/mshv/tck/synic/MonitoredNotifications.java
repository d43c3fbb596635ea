package mshv.tck.synic;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.abi.MonitorPage;
import mshv.api.abi.SignalEventInput;
import mshv.api.driver.Ports;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Events that guests trigger in a page that they share with the receiver, without a call for each. */
@Conformance("monitored notifications")
class MonitoredNotifications {
	private static final int VIEW = 0x10_0000, OTHER_VIEW = 0x11_0000;
	private static final int EVENTS = 0x42, PAGE = 0x43, FLAG = 6;
	/** A trigger of the second group. */
	private static final int TRIGGER = 33;

	private final Hypervisor hypervisor;
	private final Ports ports;
	private final List<Integer> seen = new CopyOnWriteArrayList<>();

	MonitoredNotifications(Hypervisor hypervisor, Ports ports) {
		this.hypervisor = hypervisor;
		this.ports = ports;
	}

	@BeforeEach
	void portsAreOffered() {
		Assumptions.assumeTrue(ports != null, "ports");
	}

	private Guest guest(GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		SynicCode.assume(guest, SynicCode.SYNIC | SynicCode.SIGNAL_EVENTS);
		return guest;
	}

	/** @return a program that sets the trigger each time, and reports what it then reads at the start of the page */
	private static GuestCode triggering() {
		GuestCode code = GuestCode.forLongMode();
		int again = code.position();
		return code.movRdi(VIEW + MonitorPage.triggerGroup(TRIGGER / 32)).store(1 << TRIGGER % 32).movRdi(VIEW).loadEax().out(4).jump(again);
	}

	/** @return what makes the trigger an event of the connection after one millisecond */
	private static void prepare(MemorySegment page) {
		new SignalEventInput(EVENTS, FLAG).encode(page.asSlice(MonitorPage.parameter(TRIGGER)));
		page.set(JAVA_SHORT, MonitorPage.latency(TRIGGER), (short) 10_000);
		page.set(JAVA_INT, MonitorPage.TRIGGER_STATE, 1 << TRIGGER / 32);
	}

	@Test
	void aBitInASharedPageBecomesAnEventOfTheRoot() {
		try (Guest guest = guest(triggering())) {
			ports.receiveEvents(guest.partition(), EVENTS, 8, seen::add);
			MemorySegment page = ports.receiveMonitored(guest.partition(), PAGE, VIEW).page();
			prepare(page);
			assertEquals(1 << TRIGGER / 32, guest.runToPort().rax());
			Guest.await("the event", () -> seen.equals(List.of(FLAG)));
			assertEquals(0, page.get(JAVA_INT, MonitorPage.triggerGroup(TRIGGER / 32)));
			guest.runToPort();
			Guest.await("one more", () -> seen.equals(List.of(FLAG, FLAG)));
		}
	}

	@Test
	void aBitInAPageOfTwoGuestsBecomesAnEventOfTheOther() {
		GuestCode receiving = SynicCode.enabled();
		for (int offset : new int[] {MonitorPage.parameter(TRIGGER), MonitorPage.latency(TRIGGER), MonitorPage.TRIGGER_STATE}) {
			receiving.movRdi(OTHER_VIEW + offset).store(offset == MonitorPage.TRIGGER_STATE ? 1 << TRIGGER / 32
				: offset == MonitorPage.parameter(TRIGGER) ? EVENTS : 10_000);
		}
		try (Guest receiver = guest(receiving.out(4).sti().loopForever()); Guest sender = guest(triggering())) {
			receiver.longMode().handle(SynicCode.VECTOR, SynicCode.reporting(9));
			ports.connectMonitored(sender.partition(), PAGE, VIEW, receiver.partition(), OTHER_VIEW);
			ports.connectEvents(sender.partition(), EVENTS, new Ports.Target(receiver.partition(), 0, SynicCode.SINT), 0, 8);
			receiver.runToPort();
			receiver.runToPort();
			assertEquals(1 << TRIGGER / 32, sender.runToPort().rax(), "what the other has written");
			assertEquals(9, receiver.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void aPageThatIsSharedNoMoreUncoversTheGuestsOwn() {
		try (Guest guest = guest(triggering())) {
			guest.ram().set(JAVA_INT, VIEW, 77);
			ports.receiveEvents(guest.partition(), EVENTS, 8, seen::add);
			Ports.MonitoredConnection connection = ports.receiveMonitored(guest.partition(), PAGE, VIEW);
			assertEquals(0, guest.runToPort().rax());
			connection.close();
			assertEquals(77, guest.runToPort().rax());
			prepare(guest.ram().asSlice(VIEW));
			guest.runToPort();
			// What comes through a page that is shared comes after what would have come through this one
			prepare(ports.receiveMonitored(guest.partition(), PAGE, VIEW).page());
			guest.runToPort();
			Guest.await("the event", () -> !seen.isEmpty());
			assertEquals(List.of(FLAG), seen);
		}
	}

	@Test
	void pagesThatCannotBeAreRefused() {
		try (Guest guest = guest(triggering())) {
			assertRefused(HvStatus.INVALID_ALIGNMENT, () -> ports.receiveMonitored(guest.partition(), PAGE, VIEW + 8));
			assertRefused(HvStatus.INVALID_PARAMETER, () -> ports.receiveMonitored(guest.partition(), PAGE, 1L << 60));
			assertRefused(HvStatus.INVALID_CONNECTION_ID, () -> ports.receiveMonitored(guest.partition(), 0, VIEW));
			ports.receiveMonitored(guest.partition(), PAGE, VIEW);
			assertRefused(HvStatus.INVALID_CONNECTION_ID, () -> ports.receiveMonitored(guest.partition(), PAGE, OTHER_VIEW));
			assertRefused(HvStatus.INVALID_ALIGNMENT,
				() -> ports.connectMonitored(guest.partition(), PAGE + 1, OTHER_VIEW, guest.partition(), OTHER_VIEW + 0x800));
		}
	}
}
