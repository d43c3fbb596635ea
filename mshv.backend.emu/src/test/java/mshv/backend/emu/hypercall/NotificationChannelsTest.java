package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

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
import mshv.api.abi.MonitorPage;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.abi.SignalEventInput;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.Root;
import mshv.backend.emu.guest.SyntheticFeatures;

/** Channels of monitored notifications as the root and guests see them. */
@Timeout(60)
class NotificationChannelsTest {
	private static final long SELF = -1;
	private static final int SINT = 2, VECTOR = 0x61;
	private static final long CODE = 0x1000, VIEW = 0x5000, OTHER_VIEW = 0x6000;
	private static final int EVENTS = 4, FLAGS = 2048, CHANNEL = 5, CHANNEL_PORT = 3, EVENT_PORT = 4;

	private final Root root = new Root();
	private final LinkedBlockingQueue<Integer> vectors = new LinkedBlockingQueue<>();
	private final MemorySegment flags = root.arena.allocate(4096, 4096);
	private final MemorySegment page = root.arena.allocate(MonitorPage.SIZE, MonitorPage.SIZE);
	private final long guest = guest(SyntheticFeatures.OFFERED);
	private final MemorySegment memory = root.map(guest, 0, 32);

	@BeforeEach
	void bringUp() {
		root.hypervisor.setInterruptHandler(vectors::add);
		root.hypervisor.writeMsr(SyntheticMsr.SIEFP, flags.address() | 1);
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + SINT, VECTOR | SyntheticMsr.SINT_AUTO_EOI);
	}

	@AfterEach
	void close() {
		root.close();
	}

	private long guest(long features) {
		long partition = root.createPartition(Root.STANDARD);
		assertEquals(HvStatus.SUCCESS, root.deposit(partition, 300));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.SYNTHETIC_PROC_FEATURES, features));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.INITIALIZE_PARTITION, partition, 0));
		return partition;
	}

	private HvStatus create(long owner, int id, long sender, PortInfo info) {
		return root.simple(CallCode.CREATE_PORT, new CreatePortInput(owner, id, 0, 0, sender, info, 0)::encode);
	}

	private HvStatus connect(long sender, int id, long owner, int port, long address) {
		return root.simple(CallCode.CONNECT_PORT,
			new ConnectPortInput(sender, id, 0, owner, port, new ConnectionInfo(PortType.MONITOR, address, 0, 0), 0)::encode);
	}

	private HvStatus disconnect(long sender, int id) {
		return root.fast(CallCode.DISCONNECT_PORT, sender, id);
	}

	private HvStatus delete(long owner, int id) {
		return root.fast(CallCode.DELETE_PORT, owner, id);
	}

	/** Connects a partition to an event port of the root. */
	private void events(long sender, int port) {
		assertEquals(HvStatus.SUCCESS, create(SELF, port, sender, new PortInfo(PortType.EVENT, SINT, PortInfo.ANY_VP, 0, FLAGS)));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CONNECT_PORT,
			new ConnectPortInput(sender, EVENTS, 0, SELF, port, new ConnectionInfo(PortType.EVENT, 0, 0, 0), 0)::encode));
	}

	/** Makes a channel from the guest to a page of the root's. */
	private void channel() {
		assertEquals(HvStatus.SUCCESS, create(SELF, CHANNEL_PORT, guest, PortInfo.monitor(page.address())));
		assertEquals(HvStatus.SUCCESS, connect(guest, CHANNEL, SELF, CHANNEL_PORT, VIEW));
	}

	/** Prepares a trigger, and enables its group. */
	private static void prepare(MemorySegment page, int trigger, int flag) {
		new SignalEventInput(EVENTS, flag).encode(page.asSlice(MonitorPage.parameter(trigger)));
		page.set(JAVA_SHORT, MonitorPage.latency(trigger), (short) 100);
		page.set(JAVA_INT, MonitorPage.TRIGGER_STATE, 0xF);
	}

	private static void trigger(MemorySegment page, int trigger) {
		page.set(JAVA_LONG, MonitorPage.triggerGroup(trigger / 32), 1L << trigger % 32);
	}

	private boolean flag(int flag) {
		return (flags.get(JAVA_BYTE, 256L * SINT + flag / 8) >> flag % 8 & 1) != 0;
	}

	private void awaitFlag(int flag) throws InterruptedException {
		assertNotNull(vectors.poll(30, TimeUnit.SECONDS));
		assertTrue(flag(flag));
	}

	/** Waits until an inspection after now has come, with the help of a channel of the root's own. */
	private void awaitInspections(int number) throws InterruptedException {
		MemorySegment own = root.arena.allocate(MonitorPage.SIZE, MonitorPage.SIZE);
		assertEquals(HvStatus.SUCCESS, create(SELF, 100, SELF, PortInfo.monitor(own.address())));
		assertEquals(HvStatus.SUCCESS, connect(SELF, 100, SELF, 100, own.address()));
		events(SELF, 101);
		for (int i = 0; i < number; i++) {
			prepare(own, i, 2000 + i);
			trigger(own, i);
			awaitFlag(2000 + i);
		}
		disconnect(SELF, 100);
		delete(SELF, 100);
		disconnect(SELF, EVENTS);
		delete(SELF, 101);
	}

	/** Has a guest do something, from a new processor's start to OUT. */
	private void execute(long partition, MemorySegment memory, String code) throws InterruptedException {
		byte[] bytes = HexFormat.of().parseHex(code + "E680");
		MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, CODE, bytes.length);
		root.createVp(partition, 0);
		root.flat64(partition, 0, memory, CODE);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	@Test
	void aTriggerThatAGuestSetsInItsViewIsAnEventOfTheRoot() throws InterruptedException {
		events(guest, EVENT_PORT);
		channel();
		prepare(page, 33, 5);
		// LOCK BTS DWORD [VIEW + second group], 1
		execute(guest, memory, "F00FBA2C251050000001");
		awaitFlag(5);
		assertEquals(0, page.get(JAVA_LONG, MonitorPage.triggerGroup(1)));
		assertEquals(0, memory.get(JAVA_LONG, VIEW + MonitorPage.triggerGroup(1)), "the page below is not seen");
	}

	@Test
	void guestsShareAPageUntilTheyAreDisconnected() throws InterruptedException {
		long receiver = guest(SyntheticFeatures.OFFERED);
		MemorySegment receiving = root.map(receiver, 0, 32);
		receiving.set(JAVA_LONG, OTHER_VIEW, 0x11);
		assertEquals(HvStatus.SUCCESS, create(receiver, CHANNEL_PORT, guest, PortInfo.monitor(OTHER_VIEW)));
		assertEquals(HvStatus.SUCCESS, connect(guest, CHANNEL, receiver, CHANNEL_PORT, VIEW));
		// MOV DWORD [VIEW], 0x70
		execute(guest, memory, "C704250050000070000000");
		// again: MOV EAX, [OTHER_VIEW]; OUT 0x80, AL; JMP again
		execute(receiver, receiving, "8B042500600000E680EBF5");
		assertEquals(0x70, root.get(receiver, 0, Register.RAX));
		assertEquals(0x11, receiving.get(JAVA_LONG, OTHER_VIEW));
		assertEquals(HvStatus.SUCCESS, disconnect(guest, CHANNEL));
		root.set(receiver, 0, Register.RIP, CODE);
		root.run(receiver, 0);
		assertEquals(0x11, root.get(receiver, 0, Register.RAX));
		assertEquals(HvStatus.SUCCESS, connect(guest, CHANNEL, receiver, CHANNEL_PORT, VIEW));
		root.set(receiver, 0, Register.RIP, CODE);
		root.run(receiver, 0);
		assertEquals(0, root.get(receiver, 0, Register.RAX), "a new page");
	}

	@Test
	void aGuestReceivesFromItself() throws InterruptedException {
		assertEquals(HvStatus.SUCCESS, create(guest, CHANNEL_PORT, guest, PortInfo.monitor(VIEW)));
		assertEquals(HvStatus.SUCCESS, connect(guest, CHANNEL, guest, CHANNEL_PORT, OTHER_VIEW));
		// MOV DWORD [VIEW], 0x70; MOV EAX, [OTHER_VIEW]
		execute(guest, memory, "C7042500500000700000008B042500600000");
		assertEquals(0x70, root.get(guest, 0, Register.RAX));
	}

	@Test
	void theRootTriggersForAGuestFromAPageOfItsOwn() throws InterruptedException {
		assertEquals(HvStatus.SUCCESS, create(guest, CHANNEL_PORT, SELF, PortInfo.monitor(VIEW)));
		assertEquals(HvStatus.SUCCESS, connect(SELF, CHANNEL, guest, CHANNEL_PORT, page.address()));
		events(SELF, EVENT_PORT);
		prepare(page, 0, 9);
		trigger(page, 0);
		awaitFlag(9);
		// MOV EAX, [VIEW]
		execute(guest, memory, "8B042500500000");
		assertEquals(0xF, root.get(guest, 0, Register.RAX));
	}

	@Test
	void afterDisconnectingOrDeletingNothingIsSent() throws InterruptedException {
		events(guest, EVENT_PORT);
		prepare(page, 0, 0);
		channel();
		assertEquals(HvStatus.SUCCESS, disconnect(guest, CHANNEL));
		trigger(page, 0);
		awaitInspections(1);
		assertEquals(HvStatus.SUCCESS, connect(guest, CHANNEL, SELF, CHANNEL_PORT, VIEW));
		awaitFlag(0);
		flags.fill((byte) 0);
		assertEquals(HvStatus.SUCCESS, delete(SELF, CHANNEL_PORT));
		trigger(page, 0);
		awaitInspections(1);
		assertFalse(flag(0));
		assertEquals(1, page.get(JAVA_LONG, MonitorPage.triggerGroup(0)));
		assertEquals(HvStatus.SUCCESS, disconnect(guest, CHANNEL), "the connection leads nowhere, but is there");
	}

	@Test
	void channelsEndInAnyOrderWhileTheyAreLookedAt() throws InterruptedException {
		Random random = new Random(3);
		for (int i = 0; i < 300; i++) {
			long receiver = i % 10 == 0 ? guest(SyntheticFeatures.OFFERED) : guest;
			long owner = i % 2 == 0 ? receiver : SELF;
			long sender = i % 3 == 0 ? receiver : guest;
			page.fill((byte) 0);
			assertEquals(HvStatus.SUCCESS, create(SELF, EVENT_PORT, sender, new PortInfo(PortType.EVENT, SINT, PortInfo.ANY_VP, 0, FLAGS)));
			assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CONNECT_PORT,
				new ConnectPortInput(sender, EVENTS, 0, SELF, EVENT_PORT, new ConnectionInfo(PortType.EVENT, 0, 0, 0), 0)::encode));
			assertEquals(HvStatus.SUCCESS, create(owner, CHANNEL_PORT, sender, PortInfo.monitor(owner == SELF ? page.address() : OTHER_VIEW)));
			assertEquals(HvStatus.SUCCESS, connect(sender, CHANNEL, owner, CHANNEL_PORT, VIEW));
			for (int trigger = 0; trigger < 128; trigger++) {
				prepare(page, trigger, trigger);
				trigger(page, trigger);
			}
			int first = random.nextInt(4);
			for (int step = 0; step < 4; step++) {
				switch ((first + step) % 4) {
					case 0 -> disconnect(sender, CHANNEL);
					case 1 -> delete(owner, CHANNEL_PORT);
					case 2 -> disconnect(sender, EVENTS);
					default -> delete(SELF, EVENT_PORT);
				}
				if (receiver != guest && step == i / 10 % 4) {
					assertEquals(HvStatus.SUCCESS, root.fast(CallCode.FINALIZE_PARTITION, receiver, 0));
					assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DELETE_PARTITION, receiver, 0));
				}
			}
			flags.fill((byte) 0);
			trigger(page, 0);
			assertEquals(0, flags.get(JAVA_LONG, 256L * SINT));
		}
		vectors.clear();
		awaitInspections(1);
		assertEquals(0, flags.get(JAVA_LONG, 256L * SINT));
	}

	@Test
	void channelsComeAndGoWhileAProcessorWritesToThem() throws InterruptedException {
		long receiver = guest(SyntheticFeatures.OFFERED);
		// OUT 0x80, AL; again: INC DWORD [VIEW + 64]; JMP again
		execute(guest, memory, "E680FF042540500000EBF7");
		root.set(guest, 0, Register.RIP, CODE + 2);
		Thread processor = Thread.ofPlatform().start(() -> root.dispatch(guest, 0));
		for (int i = 0; i < 300; i++) {
			assertEquals(HvStatus.SUCCESS, create(receiver, CHANNEL_PORT, guest, PortInfo.monitor(OTHER_VIEW)));
			assertEquals(HvStatus.SUCCESS, connect(guest, CHANNEL, receiver, CHANNEL_PORT, VIEW));
			assertEquals(HvStatus.SUCCESS, disconnect(guest, CHANNEL));
			assertEquals(HvStatus.SUCCESS, delete(receiver, CHANNEL_PORT));
		}
		root.set(guest, 0, Register.EXPLICIT_SUSPEND, 1);
		processor.join();
		assertNotEquals(0, memory.get(JAVA_INT, VIEW + 64), "its own memory has come back");
	}

	@Test
	void aGuestThatWritesAnythingDisturbsNobody() throws InterruptedException {
		events(guest, EVENT_PORT);
		channel();
		page.fill((byte) 0xFF);
		for (int trigger = 0; trigger < 128; trigger++) {
			int connection = trigger % 2 == 0 ? EVENTS : trigger << 24;
			new SignalEventInput(connection, 0xFFFF).encode(page.asSlice(MonitorPage.parameter(trigger)));
			page.set(JAVA_SHORT, MonitorPage.latency(trigger), (short) trigger);
		}
		awaitInspections(20);
		while (page.get(JAVA_INT, MonitorPage.triggerGroup(3)) != 0) {
			Thread.onSpinWait();
		}
		assertTrue(vectors.isEmpty());
	}

	@Test
	void aGuestThatMaySignalNoEventsSendsNone() throws InterruptedException {
		long mute = guest(SyntheticFeatures.OFFERED & ~SyntheticFeatures.SIGNAL_EVENTS);
		events(mute, EVENT_PORT);
		assertEquals(HvStatus.SUCCESS, create(SELF, CHANNEL_PORT, mute, PortInfo.monitor(page.address())));
		prepare(page, 0, 0);
		trigger(page, 0);
		assertEquals(HvStatus.SUCCESS, connect(mute, CHANNEL, SELF, CHANNEL_PORT, VIEW));
		while (page.get(JAVA_INT, MonitorPage.triggerGroup(0)) != 0) {
			Thread.onSpinWait();
		}
		awaitInspections(1);
		assertFalse(flag(0));
	}

	@Test
	void portsAndConnectionsAreRefusedForTheirReasons() {
		assertEquals(HvStatus.INVALID_ALIGNMENT, create(SELF, 3, guest, PortInfo.monitor(page.address() + 8)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(SELF, 3, guest, PortInfo.monitor(0)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(SELF, 3, guest, PortInfo.monitor(-4096)));
		assertEquals(HvStatus.INVALID_PARAMETER, create(guest, 3, guest, PortInfo.monitor(1L << 40)));
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.CREATE_PORT, input -> {
			new CreatePortInput(SELF, 3, 0, 0, guest, PortInfo.monitor(page.address()), 0).encode(input);
			input.set(JAVA_BYTE, 40, (byte) 1);
		}));
		assertEquals(HvStatus.SUCCESS, create(SELF, 3, guest, PortInfo.monitor(page.address())));
		assertEquals(HvStatus.INVALID_ALIGNMENT, connect(guest, 5, SELF, 3, VIEW + 1));
		assertEquals(HvStatus.INVALID_PARAMETER, connect(guest, 5, SELF, 3, 1L << 40));
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.CONNECT_PORT,
			new ConnectPortInput(guest, 5, 0, SELF, 3, new ConnectionInfo(PortType.MONITOR, VIEW, 1, 0), 0)::encode));
		assertEquals(HvStatus.SUCCESS, connect(guest, 5, SELF, 3, VIEW));
		assertEquals(HvStatus.OBJECT_IN_USE, connect(guest, 6, SELF, 3, OTHER_VIEW));
		assertEquals(HvStatus.SUCCESS, create(SELF, 4, guest, PortInfo.monitor(page.address())));
		assertEquals(HvStatus.INVALID_CONNECTION_ID, connect(guest, 5, SELF, 4, OTHER_VIEW));
		assertEquals(HvStatus.SUCCESS, create(SELF, 6, SELF, PortInfo.monitor(page.address())));
		assertEquals(HvStatus.INVALID_PARAMETER, connect(SELF, 7, SELF, 6, page.address() + 4096), "one page only");
		long early = root.createPartition(Root.STANDARD);
		assertEquals(HvStatus.SUCCESS, create(SELF, 8, early, PortInfo.monitor(page.address())));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, connect(early, 5, SELF, 8, VIEW));
	}
}
