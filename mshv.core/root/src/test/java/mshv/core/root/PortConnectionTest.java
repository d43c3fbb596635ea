package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.abi.CallCode;
import mshv.api.driver.Ports;

class PortConnectionTest {
	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final FakeSynic synic = new FakeSynic();
	private final RootHypervisor root = new RootHypervisor(hypervisor, new FakeClient(hypervisor), synic);
	private final Partition guest = root.createPartition(PartitionConfig.standard());
	private final List<String> seen = new ArrayList<>();

	@BeforeEach
	void initialize() {
		guest.initialize();
		hypervisor.calls.clear();
	}

	@AfterEach
	void close() {
		root.close();
	}

	@Test
	void aPortOfTheRootIsCreatedThenConnectedByTheIdThatTheGuestUses() {
		Ports.Connection connection = root.receiveMessages(guest, 0x42, (type, payload) -> seen.add(type + " " + payload.length));
		long id = guest.id();
		assertEquals(List.of("create port 1 of -1 for " + id, "connect port 66 of " + id), hypervisor.calls);
		synic.ports.get(1).run();
		assertEquals(List.of("7 1"), seen);
		hypervisor.calls.clear();
		connection.close();
		connection.close();
		assertEquals(List.of("disconnect port 66 of " + id, "delete port 1 of -1"), hypervisor.calls);
		assertEquals(Set.of(), synic.ports.keySet());
	}

	@Test
	void anEventPortTellsTheNumberOfTheEvent() {
		root.receiveEvents(guest, 1, 5, flag -> seen.add("event " + flag));
		synic.ports.get(1).run();
		assertEquals(List.of("event 4"), seen);
	}

	@Test
	void aPortOfAGuestHasAnIdOfItsOwn() {
		Partition other = root.createPartition(PartitionConfig.standard());
		other.initialize();
		hypervisor.calls.clear();
		Ports.Target target = new Ports.Target(other, 0, 3);
		Ports.Connection first = root.connectMessages(guest, 1, target);
		root.connectEvents(guest, 2, target, 0, 8);
		first.close();
		root.connectMessages(guest, 3, target);
		assertEquals(List.of("create port 1 of " + other.id() + " for " + guest.id(), "create port 2 of " + other.id() + " for " + guest.id(),
			"create port 1 of " + other.id() + " for " + guest.id()),
			hypervisor.calls.stream().filter(call -> call.startsWith("create")).toList());
	}

	@Test
	void aPageOfMonitoredNotificationsIsTheRootsUntilThePartitionEnds() {
		Ports.MonitoredConnection connection = root.receiveMonitored(guest, 5, 0x3000);
		long id = guest.id();
		assertEquals(List.of("create port 1 of -1 for " + id, "connect port 5 of " + id), hypervisor.calls);
		MemorySegment page = connection.page();
		assertEquals(0, page.address() % 4096);
		page.fill((byte) 1);
		connection.close();
		hypervisor.refusedCall = CallCode.CONNECT_PORT;
		assertThrows(HypervisorException.class, () -> root.receiveMonitored(guest, 5, 0x3000));
		assertEquals(Set.of(), synic.ports.keySet());
		hypervisor.refusedCall = 0;
		connection.close();
		connection = root.receiveMonitored(guest, 5, 0x3000);
		assertEquals(page.address(), connection.page().address(), "used again");
		assertEquals(-1, page.mismatch(MemorySegment.ofArray(new byte[4096])), "and zero");
		assertNotEquals(page.address(), root.receiveMonitored(guest, 6, 0x4000).page().address());
		guest.close();
		assertFalse(page.scope().isAlive());
		assertEquals(Set.of(), synic.ports.keySet());
	}

	@Test
	void guestsShareAPageWithoutTheRoot() {
		root.connectMonitored(guest, 5, 0x3000, guest, 0x4000);
		assertEquals(List.of("create port 1 of " + guest.id() + " for " + guest.id(), "connect port 5 of " + guest.id()), hypervisor.calls);
	}

	@Test
	void aPortThatCannotBeConnectedIsDeletedAndItsIdGivenBack() {
		hypervisor.refusedCall = CallCode.CONNECT_PORT;
		assertEquals(HvStatus.OPERATION_DENIED,
			assertThrows(HypervisorException.class, () -> root.receiveMessages(guest, 9, (_, _) -> {})).status());
		assertEquals("delete port 1 of -1", hypervisor.calls.getLast());
		assertEquals(Set.of(), synic.ports.keySet());
	}

	@Test
	void aPartitionEndsItsConnections() {
		root.receiveMessages(guest, 9, (_, _) -> {});
		guest.close();
		assertEquals(Set.of(), synic.ports.keySet());
		assertEquals(HvStatus.INVALID_PARTITION_ID,
			assertThrows(HypervisorException.class, () -> root.receiveMessages(guest, 9, (_, _) -> {})).status());
	}

	@Test
	void flagsThatHaveNoPlaceInTheStructureAreRefused() {
		Ports.Target target = new Ports.Target(guest, 0, 3);
		assertEquals(HvStatus.INVALID_PARAMETER,
			assertThrows(HypervisorException.class, () -> root.connectEvents(guest, 1, target, 0, 1 << 16)).status());
		assertEquals(List.of(), hypervisor.calls);
	}
}
