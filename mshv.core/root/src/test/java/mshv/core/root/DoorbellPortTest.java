package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.abi.CallCode;

class DoorbellPortTest {
	private static final long GUEST = 77;

	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final FakeSynic synic = new FakeSynic();
	private final Hypercalls calls = new Hypercalls(hypervisor, new FakeClient(hypervisor));
	private final List<String> rung = new ArrayList<>();

	private DoorbellPort connect() {
		return DoorbellPort.connect(calls, synic, GUEST, 0x1000, 4, OptionalLong.empty(), () -> rung.add("rung"));
	}

	@Test
	void aPortIsCreatedThenConnectedByItsOwnId() {
		DoorbellPort port = connect();
		assertEquals(List.of("create port 1 of -1 for 77", "connect port 1 of 77"), hypervisor.calls);
		synic.ports.get(1).run();
		assertEquals(List.of("rung"), rung);
		hypervisor.calls.clear();
		port.close();
		assertEquals(List.of("disconnect port 1 of 77", "delete port 1 of -1"), hypervisor.calls);
		assertEquals(Set.of(), synic.ports.keySet());
	}

	@Test
	void aPortThatCannotBeCreatedGivesItsIdBack() {
		hypervisor.refusedCall = CallCode.CREATE_PORT;
		assertEquals(HvStatus.OPERATION_DENIED, assertThrows(HypervisorException.class, this::connect).status());
		assertEquals(List.of(), hypervisor.calls);
		assertEquals(Set.of(), synic.ports.keySet());
	}

	@Test
	void aPortThatCannotBeConnectedIsDeleted() {
		hypervisor.refusedCall = CallCode.CONNECT_PORT;
		assertThrows(HypervisorException.class, this::connect);
		assertEquals(List.of("create port 1 of -1 for 77", "delete port 1 of -1"), hypervisor.calls);
		assertEquals(Set.of(), synic.ports.keySet());
	}

	@Test
	void whatTheHypervisorRefusesAtTheEndKeepsNothing() {
		DoorbellPort port = connect();
		hypervisor.refusedCall = CallCode.DISCONNECT_PORT;
		port.close();
		assertEquals("delete port 1 of -1", hypervisor.calls.getLast());
		assertEquals(Set.of(), synic.ports.keySet());
	}
}
