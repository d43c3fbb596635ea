package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.ConnectPortInput;
import mshv.api.abi.ConnectionInfo;
import mshv.api.abi.CreatePortInput;
import mshv.api.abi.DoorbellFlags;
import mshv.api.abi.EventRing;
import mshv.api.abi.MessageType;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.abi.PostMessageInput;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.Root;

/** Ports, connections and event rings as the root sees them. */
@Timeout(60)
class PortCallsTest {
	private static final long SELF = -1;
	private static final int SINT = 5, VECTOR = 0xF3;
	private static final long ADDRESS = 0x1000_0000;

	private final Root root = new Root();
	private final long partition = root.partition(Root.STANDARD);
	private final MemorySegment messages = root.arena.allocate(4096, 4096);
	/** The hypervisor's thread adds to it as well. */
	private final List<String> seen = new CopyOnWriteArrayList<>();
	private MemorySegment ring;
	private int tail;
	/** The root does not look at its messages. */
	private boolean busy;

	@BeforeEach
	@SuppressWarnings("restricted")
	void bringUp() {
		root.hypervisor.setInterruptHandler(this::interrupt);
		root.hypervisor.writeMsr(SyntheticMsr.SIMP, messages.address() | 1);
		long page = root.hypervisor.readMsr(SyntheticMsr.SIRBP);
		root.hypervisor.writeMsr(SyntheticMsr.SIRBP, page | SyntheticMsr.ENABLE);
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + SINT, VECTOR | SyntheticMsr.SINT_AUTO_EOI | SyntheticMsr.SINT_AS_INTERCEPT);
		ring = MemorySegment.ofAddress(page & -4096).reinterpret(4096).asSlice((long) SINT * EventRing.SIZE, EventRing.SIZE);
	}

	@AfterEach
	void close() {
		root.close();
	}

	private void interrupt(int vector) {
		if (busy || messages.get(JAVA_INT, 0) == MessageType.NONE) {
			return;
		}
		if (messages.get(JAVA_INT, 0) == MessageType.SYNIC_SINT_INTERCEPT) {
			seen.add("sint " + messages.get(JAVA_INT, 16));
		}
		boolean pending = (messages.get(JAVA_BYTE, 5) & 1) != 0;
		messages.set(JAVA_INT, 0, MessageType.NONE);
		if (pending) {
			root.hypervisor.writeMsr(SyntheticMsr.EOM, 0);
		}
	}

	/** @return the next id of the ring, 0 if there is none */
	private int take() {
		int id = ring.get(JAVA_INT, EventRing.DATA + 4L * tail);
		if (id != 0) {
			ring.set(JAVA_INT, EventRing.DATA + 4L * tail, 0);
			tail = (tail + 1) % EventRing.ENTRIES;
		}
		return id;
	}

	private static PortInfo doorbellInfo() {
		return new PortInfo(PortType.DOORBELL, SINT, PortInfo.ANY_VP, 0, 0);
	}

	private HvStatus create(int id, PortInfo info) {
		return root.simple(CallCode.CREATE_PORT, new CreatePortInput(SELF, id, 0, 0, partition, info, 0)::encode);
	}

	private HvStatus connect(int id, int port, ConnectionInfo info) {
		return root.simple(CallCode.CONNECT_PORT, new ConnectPortInput(partition, id, 0, SELF, port, info, 0)::encode);
	}

	private static ConnectionInfo writes(int bytes) {
		return new ConnectionInfo(PortType.DOORBELL, ADDRESS, 0, DoorbellFlags.size(bytes) | DoorbellFlags.ANY_VALUE);
	}

	private HvStatus disconnect(int id) {
		return root.fast(CallCode.DISCONNECT_PORT, partition, id | 1L << 32);
	}

	private HvStatus delete(int id) {
		return root.fast(CallCode.DELETE_PORT, SELF, id);
	}

	/** Makes and connects a doorbell port, which must work. */
	private void doorbell(int id) {
		assertEquals(HvStatus.SUCCESS, create(id, doorbellInfo()));
		assertEquals(HvStatus.SUCCESS, connect(id, id, writes(4)));
	}

	/** A guest that writes four bytes so many times, then reports at a port; again and again. */
	private void guest(int writes) {
		MemorySegment memory = root.map(partition, 0, 32);
		root.createVp(partition, 0);
		root.flat64(partition, 0, memory, 0x1000);
		// MOV EDI, ADDRESS; again: MOV ECX, writes; next: MOV [RDI], ECX; DEC ECX; JNZ next; OUT DX, AL; JMP again
		byte[] code = HexFormat.of().parseHex("BF00000010B9" + HexFormat.of().toHexDigits(Integer.reverseBytes(writes)) + "890FFFC975FAEEEBF2");
		MemorySegment.copy(code, 0, memory, JAVA_BYTE, 0x1000, code.length);
	}

	private void run() {
		assertEquals(Root.INTERCEPT, root.dispatch(partition, 0));
		assertEquals(MessageType.X64_IO_PORT_INTERCEPT, root.statePage(partition, 0, 1).get(JAVA_INT, 0));
		root.set(partition, 0, Register.RIP, root.get(partition, 0, Register.RIP) + 1);
	}

	@Test
	void aRingIsAnnouncedOnceUntilTheRootTakesTheMaskOff() {
		doorbell(7);
		guest(3);
		run();
		assertEquals(List.of("sint 5"), seen);
		assertEquals(1, ring.get(JAVA_BYTE, EventRing.SIGNAL_MASKED));
		assertEquals(List.of(7, 7, 7, 0), List.of(take(), take(), take(), take()));
		run();
		assertEquals(1, seen.size());
		ring.set(JAVA_BYTE, EventRing.SIGNAL_MASKED, (byte) 0);
		run();
		assertEquals(2, seen.size());
	}

	@Test
	void whatFindsTheRingFullWaitsOnceUntilTheRootSaysThatItIsEmpty() {
		doorbell(1);
		guest(200);
		run();
		for (int i = 0; i < EventRing.ENTRIES; i++) {
			assertEquals(1, take());
		}
		assertEquals(0, take());
		assertEquals(1, ring.get(JAVA_BYTE, EventRing.RING_FULL));
		ring.set(JAVA_BYTE, EventRing.RING_FULL, (byte) 0);
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.NOTIFY_PORT_RING_EMPTY, SINT, 0));
		assertEquals(1, take());
		assertEquals(0, take());
		assertEquals(0, ring.get(JAVA_BYTE, EventRing.RING_FULL));
	}

	@Test
	void aPortThatWaitsForRoomIsForgottenWhenItIsDeleted() {
		doorbell(1);
		guest(100);
		run();
		assertEquals(HvStatus.SUCCESS, disconnect(1));
		assertEquals(HvStatus.SUCCESS, delete(1));
		while (take() != 0) {
			// What was in the ring
		}
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.NOTIFY_PORT_RING_EMPTY, SINT, 0));
		assertEquals(0, take());
	}

	@Test
	void aMessageWaitsForTheSlot() {
		doorbell(1);
		guest(1);
		busy = true;
		messages.set(JAVA_INT, 0, 0x1234);
		run();
		assertEquals(List.of(), seen);
		assertEquals(1, messages.get(JAVA_BYTE, 5) & 1);
		messages.set(JAVA_INT, 0, MessageType.NONE);
		busy = false;
		root.hypervisor.writeMsr(SyntheticMsr.EOM, 0);
		// The test's deadline holds here as well
		while (seen.isEmpty()) {
			Thread.onSpinWait();
		}
		root.hypervisor.setInterruptHandler(null);
		assertEquals(List.of("sint 5"), seen);
	}

	@Test
	void withoutAsInterceptTheSintHasAnInterruptOfItsOwn() {
		List<Integer> vectors = new ArrayList<>();
		root.hypervisor.setInterruptHandler(vectors::add);
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + SINT, 0x44 | SyntheticMsr.SINT_AUTO_EOI);
		doorbell(1);
		guest(1);
		run();
		assertEquals(List.of(0x44), vectors);
	}

	@Test
	void ringsAreEmptyWhenTheyAreEnabledAgain() {
		doorbell(1);
		guest(100);
		run();
		long page = root.hypervisor.readMsr(SyntheticMsr.SIRBP);
		root.hypervisor.writeMsr(SyntheticMsr.SIRBP, page & ~1);
		run();
		root.hypervisor.writeMsr(SyntheticMsr.SIRBP, page);
		tail = 0;
		assertEquals(0, take());
		assertEquals(0, ring.get(JAVA_BYTE, EventRing.RING_FULL));
		run();
		assertEquals(1, take());
	}

	@Test
	void thePageOfRingsIsTheHypervisors() {
		long page = root.hypervisor.readMsr(SyntheticMsr.SIRBP);
		assertThrows(IllegalArgumentException.class, () -> root.hypervisor.writeMsr(SyntheticMsr.SIRBP, page + 4096));
		assertThrows(IllegalArgumentException.class, () -> root.hypervisor.writeMsr(SyntheticMsr.SIRBP, page | 2));
		assertEquals(page, root.hypervisor.readMsr(SyntheticMsr.SIRBP));
	}

	@Test
	void afterDisconnectingTheWriteIsAnIntercept() throws InterruptedException {
		doorbell(1);
		guest(1);
		run();
		assertEquals(HvStatus.SUCCESS, disconnect(1));
		assertEquals(ADDRESS, ((Intercept.Memory) root.run(partition, 0)).guestAddress());
		assertEquals(HvStatus.SUCCESS, connect(1, 1, writes(4)));
		run();
	}

	@Test
	void aPortThatIsDeletedRingsNothingThoughItIsConnected() {
		doorbell(1);
		guest(1);
		assertEquals(HvStatus.SUCCESS, delete(1));
		run();
		assertEquals(0, take());
		assertEquals(HvStatus.SUCCESS, disconnect(1));
	}

	@Test
	void portsAreRefusedForTheirReasons() {
		assertEquals(HvStatus.INVALID_PORT_ID, create(0, doorbellInfo()));
		assertEquals(HvStatus.INVALID_PORT_ID, create(1 << 24, doorbellInfo()));
		assertEquals(HvStatus.SUCCESS, create((1 << 24) - 1, doorbellInfo()));
		assertEquals(HvStatus.INVALID_PORT_ID, create((1 << 24) - 1, doorbellInfo()));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(0, SINT, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(5, SINT, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(PortType.DOORBELL, 16, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(PortType.DOORBELL, -1, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(PortType.DOORBELL, SINT, 1, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(PortType.EVENT, 2, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(PortType.EVENT, 2, 0, 2047, 2)));
		assertEquals(HvStatus.SUCCESS, create(1, new PortInfo(PortType.EVENT, 2, 0, 2047, 1)));
		assertEquals(HvStatus.SUCCESS, create(2, new PortInfo(PortType.MESSAGE, 2, PortInfo.ANY_VP, 0, 0)));
		CreatePortInput foreign = new CreatePortInput(partition, 9, 0, 0, SELF, doorbellInfo(), 0);
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.CREATE_PORT, foreign::encode), "a guest has no doorbells");
		CreatePortInput nobody = new CreatePortInput(12345, 9, 0, 0, partition, doorbellInfo(), 0);
		assertEquals(HvStatus.INVALID_PARTITION_ID, root.simple(CallCode.CREATE_PORT, nobody::encode));
		for (int reserved : new int[] {12, 13, 14, 28, 40}) {
			assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.CREATE_PORT, page -> {
				new CreatePortInput(SELF, 10, 0, 0, partition, doorbellInfo(), 0).encode(page);
				page.set(JAVA_BYTE, reserved, (byte) 1);
			}), "byte " + reserved);
		}
		assertEquals(HvStatus.SUCCESS, create(10, doorbellInfo()));
	}

	@Test
	void connectionsAreRefusedForTheirReasons() {
		assertEquals(HvStatus.INVALID_PORT_ID, connect(1, 1, writes(4)));
		create(1, doorbellInfo());
		create(2, new PortInfo(PortType.MESSAGE, 2, 0, 0, 0));
		long other = root.partition(Root.STANDARD);
		ConnectPortInput foreign = new ConnectPortInput(other, 1, 0, SELF, 1, writes(4), 0);
		assertEquals(HvStatus.ACCESS_DENIED, root.simple(CallCode.CONNECT_PORT, foreign::encode));
		assertEquals(HvStatus.INVALID_CONNECTION_ID, connect(0, 1, writes(4)));
		assertEquals(HvStatus.INVALID_PARAMETER, connect(1, 2, writes(4)), "types differ");
		assertEquals(HvStatus.INVALID_PARAMETER, connect(1, 1, new ConnectionInfo(PortType.MESSAGE, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, connect(1, 1, new ConnectionInfo(PortType.DOORBELL, ADDRESS, 0, 5)));
		assertEquals(HvStatus.INVALID_PARAMETER, connect(1, 1, new ConnectionInfo(PortType.DOORBELL, ADDRESS, 0, 8)));
		assertEquals(HvStatus.INVALID_PARAMETER, connect(1, 1, new ConnectionInfo(PortType.DOORBELL, 1L << 40, 0, 3)));
		for (int reserved : new int[] {12, 13, 14, 28, 36}) {
			assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.CONNECT_PORT, page -> {
				new ConnectPortInput(partition, 1, 0, SELF, 1, writes(4), 0).encode(page);
				page.set(JAVA_BYTE, reserved, (byte) 1);
			}), "byte " + reserved);
		}
		assertEquals(HvStatus.SUCCESS, connect(1, 1, writes(4)));
		assertEquals(HvStatus.INVALID_CONNECTION_ID, connect(1, 1, writes(8)));
		assertEquals(HvStatus.SUCCESS, connect(1, 2, new ConnectionInfo(PortType.MESSAGE, 0, 0, 0)), "doorbells have ids of their own");
		long early = root.createPartition(Root.STANDARD);
		root.simple(CallCode.CREATE_PORT, new CreatePortInput(SELF, 3, 0, 0, early, doorbellInfo(), 0)::encode);
		ConnectPortInput tooEarly = new ConnectPortInput(early, 3, 0, SELF, 3, writes(4), 0);
		assertEquals(HvStatus.INVALID_PARTITION_STATE, root.simple(CallCode.CONNECT_PORT, tooEarly::encode));
	}

	@Test
	void endsAreRefusedForTheirReasons() {
		assertEquals(HvStatus.INVALID_PORT_ID, delete(1));
		assertEquals(HvStatus.INVALID_CONNECTION_ID, disconnect(1));
		doorbell(1);
		assertEquals(HvStatus.INVALID_CONNECTION_ID, root.fast(CallCode.DISCONNECT_PORT, partition, 1), "not a doorbell's");
		assertEquals(HvStatus.INVALID_PARAMETER, root.fast(CallCode.DISCONNECT_PORT, partition, 1 | 3L << 32));
		assertEquals(HvStatus.INVALID_PARTITION_ID, root.fast(CallCode.DISCONNECT_PORT, 12345, 1 | 1L << 32));
		assertEquals(HvStatus.INVALID_PARAMETER, root.fast(CallCode.DELETE_PORT, SELF, 1 | 1L << 32));
		assertEquals(HvStatus.INVALID_PORT_ID, root.fast(CallCode.DELETE_PORT, partition, 1), "the root's");
		assertEquals(HvStatus.INVALID_PARAMETER, root.fast(CallCode.NOTIFY_PORT_RING_EMPTY, 16, 0));
		assertEquals(HvStatus.INVALID_PARAMETER, root.fast(CallCode.NOTIFY_PORT_RING_EMPTY, SINT | 1L << 32, 0));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.NOTIFY_PORT_RING_EMPTY, SINT, 0));
	}

	@Test
	void aPartitionThatIsDeletedLosesItsConnectionsAndThePortsRemain() {
		doorbell(1);
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.FINALIZE_PARTITION, partition, 0));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, connect(2, 1, writes(4)));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DELETE_PARTITION, partition, 0));
		assertEquals(HvStatus.INVALID_PARTITION_ID, disconnect(1));
		assertEquals(HvStatus.SUCCESS, delete(1));
	}

	private static final int PORT_SINT = 2, PORT_VECTOR = 0x61;

	/** Makes a port of the root with a connection of the root's own, and a SINT for it. */
	private List<Integer> portOfTheRoot(PortInfo info) {
		List<Integer> vectors = new CopyOnWriteArrayList<>();
		root.hypervisor.setInterruptHandler(vectors::add);
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + PORT_SINT, PORT_VECTOR | SyntheticMsr.SINT_AUTO_EOI);
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CREATE_PORT, new CreatePortInput(SELF, 3, 0, 0, SELF, info, 0)::encode));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CONNECT_PORT,
			new ConnectPortInput(SELF, 8, 0, SELF, 3, new ConnectionInfo(info.type(), 0, 0, 0), 0)::encode));
		return vectors;
	}

	private HvStatus post(int type) {
		return root.simple(CallCode.POST_MESSAGE, new PostMessageInput(8, type, 4, new byte[240])::encode);
	}

	private int slotOfPorts() {
		return messages.get(JAVA_INT, 256L * PORT_SINT);
	}

	@Test
	void messagesForTheRootWaitForTheirSlotUpToALimit() {
		List<Integer> vectors = portOfTheRoot(new PortInfo(PortType.MESSAGE, PORT_SINT, PortInfo.ANY_VP, 0, 0));
		for (int type = 1; type <= 17; type++) {
			assertEquals(HvStatus.SUCCESS, post(type));
		}
		assertEquals(HvStatus.INSUFFICIENT_BUFFERS, post(18));
		assertEquals(List.of(PORT_VECTOR), vectors);
		assertEquals(1, slotOfPorts());
		assertEquals(4, messages.get(JAVA_BYTE, 256L * PORT_SINT + 4));
		assertEquals(1, messages.get(JAVA_BYTE, 256L * PORT_SINT + 5), "more wait");
		assertEquals(3, messages.get(JAVA_INT, 256L * PORT_SINT + 8), "from the port");
		for (int type = 2; type <= 17; type++) {
			messages.set(JAVA_INT, 256L * PORT_SINT, 0);
			root.hypervisor.writeMsr(SyntheticMsr.EOM, 0);
			while (slotOfPorts() == 0) {
				Thread.onSpinWait();
			}
			assertEquals(type, slotOfPorts());
		}
		assertEquals(0, messages.get(JAVA_BYTE, 256L * PORT_SINT + 5), "none waits");
	}

	@Test
	void messagesOfAPortThatIsDeletedWaitNoMore() {
		portOfTheRoot(new PortInfo(PortType.MESSAGE, PORT_SINT, 0, 0, 0));
		post(1);
		post(2);
		assertEquals(HvStatus.SUCCESS, delete(3));
		assertEquals(HvStatus.INVALID_PORT_ID, post(3));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CREATE_PORT,
			new CreatePortInput(SELF, 4, 0, 0, SELF, new PortInfo(PortType.MESSAGE, PORT_SINT, 0, 0, 0), 0)::encode));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DISCONNECT_PORT, SELF, 8));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CONNECT_PORT,
			new ConnectPortInput(SELF, 8, 0, SELF, 4, new ConnectionInfo(PortType.MESSAGE, 0, 0, 0), 0)::encode));
		post(5);
		messages.set(JAVA_INT, 256L * PORT_SINT, 0);
		root.hypervisor.writeMsr(SyntheticMsr.EOM, 0);
		while (slotOfPorts() == 0) {
			Thread.onSpinWait();
		}
		assertEquals(5, slotOfPorts());
	}

	@Test
	void aMaskedSourceOfTheRootKeepsMessagesBack() {
		portOfTheRoot(new PortInfo(PortType.MESSAGE, PORT_SINT, 0, 0, 0));
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + PORT_SINT, SyntheticMsr.SINT_MASKED);
		assertEquals(HvStatus.SUCCESS, post(1));
		assertEquals(0, slotOfPorts());
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + PORT_SINT, PORT_VECTOR);
		while (slotOfPorts() == 0) {
			Thread.onSpinWait();
		}
		root.hypervisor.writeMsr(SyntheticMsr.SCONTROL, 0);
		assertEquals(HvStatus.INVALID_SYNIC_STATE, post(2));
	}

	@Test
	void anEventOfTheRootIsAFlagAndAnInterruptUntilItIsCleared() {
		MemorySegment flags = root.arena.allocate(4096, 4096);
		List<Integer> vectors = portOfTheRoot(new PortInfo(PortType.EVENT, PORT_SINT, PortInfo.ANY_VP, 64, 8));
		assertEquals(HvStatus.INVALID_SYNIC_STATE, root.fast(CallCode.SIGNAL_EVENT, 8, 0));
		root.hypervisor.writeMsr(SyntheticMsr.SIEFP, flags.address() | 1);
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.SIGNAL_EVENT, 8 | 3L << 32, 0));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.SIGNAL_EVENT, 8 | 3L << 32, 0));
		assertEquals(List.of(PORT_VECTOR), vectors);
		assertEquals(1 << 3, flags.get(JAVA_INT, 256L * PORT_SINT + 8));
		flags.set(JAVA_INT, 256L * PORT_SINT + 8, 0);
		root.fast(CallCode.SIGNAL_EVENT, 8 | 3L << 32, 0);
		assertEquals(2, vectors.size());
		assertEquals(HvStatus.INVALID_PARAMETER, root.fast(CallCode.SIGNAL_EVENT, 8 | 8L << 32, 0));
		assertEquals(HvStatus.INVALID_PARAMETER, root.fast(CallCode.SIGNAL_EVENT, 8 | 1L << 48, 0));
		assertEquals(HvStatus.INVALID_CONNECTION_ID, root.fast(CallCode.SIGNAL_EVENT, 9, 0));
	}

	@Test
	void theHypervisorsOwnSourceIsNoPortOfTheRoot() {
		assertEquals(HvStatus.INVALID_PARAMETER, create(1, new PortInfo(PortType.MESSAGE, 0, 0, 0, 0)));
	}

	@Test
	void flagsAndSizesOfDoorbellsTranslateBothWays() {
		for (int bytes : new int[] {0, 1, 2, 4, 8}) {
			assertEquals(bytes, DoorbellFlags.bytes(DoorbellFlags.size(bytes)));
			assertTrue(DoorbellFlags.valid(DoorbellFlags.size(bytes)));
		}
		assertFalse(DoorbellFlags.valid(1L << 30));
	}
}
