package mshv.tck.synic;

import static mshv.tck.Refusal.assertRefused;
import static mshv.tck.synic.HypercallCode.FAST;
import static mshv.tck.synic.HypercallCode.POST_MESSAGE;
import static mshv.tck.synic.HypercallCode.SIGNAL_EVENT;
import static mshv.tck.synic.HypercallCode.call;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.abi.PostMessageInput;
import mshv.api.driver.Ports;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Messages and events that guests send through connections: to the root, to each other, to themselves. */
@Conformance("connections")
class GuestConnections {
	private static final int INPUT = 0x4000;
	private static final int CONNECTION = 0x42, TYPE = 0x77;
	private static final byte[] PAYLOAD = {1, 2, 3, 4, 5};

	private final Hypervisor hypervisor;
	private final Ports ports;
	private final List<String> seen = new CopyOnWriteArrayList<>();

	GuestConnections(Hypervisor hypervisor, Ports ports) {
		this.hypervisor = hypervisor;
		this.ports = ports;
	}

	@BeforeEach
	void portsAreOffered() {
		Assumptions.assumeTrue(ports != null, "ports");
	}

	/** @return a guest whose input page holds a message */
	private Guest guest(GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		SynicCode.assume(guest, SynicCode.SYNIC | SynicCode.HYPERCALLS | SynicCode.SIGNAL_EVENTS);
		write(guest, CONNECTION, TYPE, PAYLOAD.length, 0);
		return guest;
	}

	private static void write(Guest guest, int connection, int type, int size, int reserved) {
		byte[] payload = new byte[PostMessageInput.MAX_PAYLOAD];
		System.arraycopy(PAYLOAD, 0, payload, 0, PAYLOAD.length);
		byte[] input = new byte[PostMessageInput.SIZE];
		new PostMessageInput(connection, type, size, payload).encode(MemorySegment.ofArray(input));
		input[4] = (byte) reserved;
		guest.write(INPUT, input);
	}

	/** @return a program that posts the message in its input page again and again, reporting each time */
	private static GuestCode posting() {
		GuestCode code = HypercallCode.enabled();
		int again = code.position();
		return call(code, POST_MESSAGE, INPUT, 0).jump(again);
	}

	private static HvStatus status(Guest guest) {
		return HvStatus.of((int) guest.runToPort().rax() & 0xFFFF);
	}

	private void message(int type, byte[] payload) {
		seen.add(type + " " + List.of(payload[0], payload[4], payload.length));
	}

	@Test
	void aMessageReachesTheRoot() {
		try (Guest guest = guest(posting())) {
			ports.receiveMessages(guest.partition(), CONNECTION, this::message);
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(List.of(TYPE + " [1, 5, 5]"), seen);
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(2, seen.size());
		}
	}

	@Test
	void anEventReachesTheRoot() {
		GuestCode code = HypercallCode.enabled();
		for (int flag : new int[] {0, 7, 8}) {
			// Connection and flag: MOV RDX, immediate
			code.movEcx(SIGNAL_EVENT | FAST).raw(0x48, 0xBA, CONNECTION, 0, 0, 0, flag, 0, 0, 0).movRax(0x7000).raw(0xFF, 0xD0).out(4);
		}
		try (Guest guest = guest(code)) {
			ports.receiveEvents(guest.partition(), CONNECTION, 8, flag -> seen.add("event " + flag));
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(List.of("event 0", "event 7"), seen);
			assertEquals(HvStatus.INVALID_PARAMETER, status(guest), "the port has no such event");
		}
	}

	@Test
	void aMessageReachesAnotherGuest() {
		long slot = SynicCode.MESSAGES + 256L * SynicCode.SINT;
		try (Guest receiver = guest(SynicCode.enabled().sti().loopForever()); Guest sender = guest(posting())) {
			receiver.longMode().handle(SynicCode.VECTOR, GuestCode.forLongMode().movRdi(slot).loadEax().out(4).movRdi(slot + 16).loadEax()
				.out(4).iretq());
			receiver.runToPort();
			ports.connectMessages(sender.partition(), CONNECTION, new Ports.Target(receiver.partition(), 0, SynicCode.SINT));
			assertEquals(HvStatus.SUCCESS, status(sender));
			assertEquals(TYPE, receiver.runToPort().rax());
			assertEquals(0x0403_0201, receiver.runToPort().rax());
		}
	}

	@Test
	void anEventSetsAFlagOfTheGuestItself() {
		GuestCode code = HypercallCode.enable(SynicCode.enabled());
		call(code, SIGNAL_EVENT | FAST, CONNECTION, 0).movRdi(SynicCode.FLAGS + 256L * SynicCode.SINT + 4).loadEax().out(4);
		try (Guest guest = guest(code)) {
			guest.runToPort();
			ports.connectEvents(guest.partition(), CONNECTION, new Ports.Target(guest.partition(), 0, SynicCode.SINT), 35, 2);
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(1 << 3, guest.runToPort().rax());
		}
	}

	@Test
	void aGuestThatTakesNoMessagesIsNoReceiver() {
		try (Guest receiver = guest(GuestCode.forLongMode()); Guest sender = guest(posting())) {
			ports.connectMessages(sender.partition(), CONNECTION, new Ports.Target(receiver.partition(), 0, SynicCode.SINT));
			assertEquals(HvStatus.INVALID_SYNIC_STATE, status(sender));
		}
	}

	@Test
	void aConnectionThatIsClosedLeadsNowhere() {
		try (Guest guest = guest(posting())) {
			Ports.Connection connection = ports.receiveMessages(guest.partition(), CONNECTION, this::message);
			assertEquals(HvStatus.SUCCESS, status(guest));
			connection.close();
			assertEquals(HvStatus.INVALID_CONNECTION_ID, status(guest));
			assertEquals(1, seen.size());
			ports.receiveMessages(guest.partition(), CONNECTION, this::message);
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(2, seen.size());
		}
	}

	@Test
	void aMessageThatCannotBeIsRefused() {
		try (Guest guest = guest(posting())) {
			ports.receiveMessages(guest.partition(), CONNECTION, this::message);
			int[][] wrong = {{TYPE, 241, 0}, {TYPE, -1, 0}, {0, 5, 0}, {1 << 31 | 1, 5, 0}, {TYPE, 5, 1}};
			for (int[] fields : wrong) {
				write(guest, CONNECTION, fields[0], fields[1], fields[2]);
				assertEquals(HvStatus.INVALID_PARAMETER, status(guest));
			}
			write(guest, CONNECTION + 1, TYPE, 5, 0);
			assertEquals(HvStatus.INVALID_CONNECTION_ID, status(guest));
			assertEquals(List.of(), seen);
			write(guest, CONNECTION, TYPE, 240, 0);
			assertEquals(HvStatus.SUCCESS, status(guest));
			assertEquals(List.of(TYPE + " [1, 5, 240]"), seen);
		}
	}

	@Test
	void aConnectionIsOfOneKind() {
		GuestCode code = HypercallCode.enabled();
		call(code, SIGNAL_EVENT | FAST, CONNECTION, 0);
		try (Guest guest = guest(code)) {
			ports.receiveMessages(guest.partition(), CONNECTION, this::message);
			assertEquals(HvStatus.INVALID_CONNECTION_ID, status(guest));
		}
	}

	@Test
	void connectionsThatCannotBeAreRefused() {
		try (Guest guest = guest(posting())) {
			ports.receiveMessages(guest.partition(), CONNECTION, this::message);
			assertRefused(HvStatus.INVALID_CONNECTION_ID, () -> ports.receiveMessages(guest.partition(), CONNECTION, this::message));
			assertRefused(HvStatus.INVALID_CONNECTION_ID, () -> ports.receiveMessages(guest.partition(), 0, this::message));
			assertRefused(HvStatus.INVALID_CONNECTION_ID, () -> ports.receiveMessages(guest.partition(), 1 << 24, this::message));
			assertRefused(HvStatus.INVALID_PARAMETER,
				() -> ports.connectMessages(guest.partition(), 1, new Ports.Target(guest.partition(), 0, 16)));
			assertRefused(HvStatus.INVALID_PARAMETER,
				() -> ports.connectEvents(guest.partition(), 1, new Ports.Target(guest.partition(), 0, 1), 2047, 2));
		}
	}

	@Test
	void theConnectionsOfAPartitionEndWithIt() {
		Guest gone = guest(posting());
		Ports.Connection connection = ports.receiveMessages(gone.partition(), CONNECTION, this::message);
		gone.close();
		connection.close();
		assertRefused(HvStatus.INVALID_PARTITION_ID, () -> ports.receiveMessages(gone.partition(), CONNECTION, this::message));
	}
}
