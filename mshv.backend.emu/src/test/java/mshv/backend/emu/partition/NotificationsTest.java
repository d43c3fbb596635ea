package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.MessageType;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.abi.VpStateInput;
import mshv.backend.emu.Root;

/** What the root asks to be told of, and messages that wait while a processor moves. */
@Timeout(60)
class NotificationsTest {
	private static final long NMI = 1, INTERRUPT = 2, FIRST_SINT = 1L << 48;
	private static final int SINT = 2;
	/** MOV DWORD [slot of SINT 2], 0; MOV ECX, EOM; XOR EAX, EAX; XOR EDX, EDX; WRMSR. */
	private static final String TAKE_MESSAGE = "C704250052000000000000 B984000040 31C0 31D2 0F30";
	private static final int TAKE_MESSAGE_LENGTH = 22;
	private static final String OUT = "EE";

	private final Root root = new Root();

	@AfterEach
	void close() {
		root.close();
	}

	/** @return id of a partition with a processor that executes code at 0x1000 in 64-bit mode */
	private long start(long flags, String code) {
		long partition = root.partition(flags);
		root.createVp(partition, 0);
		MemorySegment memory = root.map(partition, 0, 32);
		root.flat64(partition, 0, memory, 0x1000);
		byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
		MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0x1000, bytes.length);
		return partition;
	}

	private void enableSynic(long partition) {
		root.set(partition, 0, Register.SIMP, 0x5001);
		root.set(partition, 0, Register.SINT2, 0x52);
		root.set(partition, 0, Register.SCONTROL, 1);
	}

	private void post(long partition, int type) {
		byte[] message = new byte[256];
		message[0] = (byte) type;
		assertEquals(HvStatus.SUCCESS,
			root.simple(CallCode.POST_MESSAGE_DIRECT, new PostMessageDirectInput(partition, 0, 0, SINT, message)::encode));
	}

	private HvStatus notify(long partition, long value) {
		return root.trySet(partition, 0, Register.DELIVERABILITY_NOTIFICATIONS.code(), value, 0);
	}

	/** @return bytes 40 to 43 of the payload of a notification */
	private int told(long partition, int type) throws InterruptedException {
		Intercept.Other message = assertInstanceOf(Intercept.Other.class, root.run(partition, 0));
		assertEquals(type, message.messageType());
		return MemorySegment.ofArray(message.payload()).get(JAVA_INT.withByteAlignment(1), 40);
	}

	@Test
	void withoutALocalApicTheRootIsToldWhenAnInterruptCouldBeInjected() throws InterruptedException {
		long partition = start(Root.NO_APIC, "90 FB 90 90" + OUT);
		assertEquals(HvStatus.SUCCESS, notify(partition, INTERRUPT));
		assertEquals(INTERRUPT, root.get(partition, 0, Register.DELIVERABILITY_NOTIFICATIONS));
		assertEquals(0, told(partition, MessageType.X64_INTERRUPTION_DELIVERABLE));
		assertEquals(0x1003, root.get(partition, 0, Register.RIP), "after the instruction that follows STI");
		assertEquals(0, root.get(partition, 0, Register.DELIVERABILITY_NOTIFICATIONS), "once");
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	@Test
	void anNmiCouldBeInjectedUnlessItIsMasked() throws InterruptedException {
		long partition = start(Root.NO_APIC, "90" + OUT);
		root.set(partition, 0, Register.INTERRUPT_STATE, 2);
		assertEquals(HvStatus.SUCCESS, notify(partition, NMI));
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		root.set(partition, 0, Register.INTERRUPT_STATE, 0);
		assertEquals(2, told(partition, MessageType.X64_INTERRUPTION_DELIVERABLE));
	}

	@Test
	void bothMayBeWanted() throws InterruptedException {
		long partition = start(Root.NO_APIC, OUT);
		root.set(partition, 0, Register.RFLAGS, 0x202);
		assertEquals(HvStatus.SUCCESS, notify(partition, NMI | INTERRUPT));
		assertEquals(2, told(partition, MessageType.X64_INTERRUPTION_DELIVERABLE));
		assertEquals(INTERRUPT, root.get(partition, 0, Register.DELIVERABILITY_NOTIFICATIONS));
		assertEquals(0, told(partition, MessageType.X64_INTERRUPTION_DELIVERABLE));
		assertEquals(0x1000, root.get(partition, 0, Register.RIP));
	}

	@Test
	void anInterruptOfLowPriorityWaitsForTheTaskPriority() throws InterruptedException {
		// MOV EAX, 2; MOV CR8, RAX; NOP
		long partition = start(Root.NO_APIC, "90 B802000000 440F22C0 90" + OUT);
		root.set(partition, 0, Register.RFLAGS, 0x202);
		root.set(partition, 0, Register.CR8, 5);
		assertEquals(HvStatus.SUCCESS, notify(partition, INTERRUPT | 3 << 2));
		assertEquals(0, told(partition, MessageType.X64_INTERRUPTION_DELIVERABLE));
		assertEquals(0x100A, root.get(partition, 0, Register.RIP));
	}

	@Test
	void bitsThatTheProcessorCannotHaveAreRefused() {
		long withApic = start(Root.STANDARD, OUT);
		for (long value : new long[] {NMI, INTERRUPT, 1 << 2, 1 << 6, 1L << 47}) {
			assertEquals(HvStatus.INVALID_PARAMETER, notify(withApic, value));
		}
		assertEquals(HvStatus.SUCCESS, notify(withApic, 0xFFFFL << 48));
		assertEquals(0xFFFFL << 48, root.get(withApic, 0, Register.DELIVERABILITY_NOTIFICATIONS));
		long without = start(Root.NO_APIC, OUT);
		assertEquals(HvStatus.INVALID_PARAMETER, notify(without, FIRST_SINT));
		assertEquals(HvStatus.INVALID_PARAMETER, notify(without, 1 << 6));
	}

	@Test
	void theRootIsToldWhenTheSlotOfASintIsFree() throws InterruptedException {
		long partition = start(Root.STANDARD, TAKE_MESSAGE + TAKE_MESSAGE + "90" + OUT);
		enableSynic(partition);
		post(partition, 1);
		post(partition, 2);
		assertEquals(HvStatus.SUCCESS, notify(partition, FIRST_SINT << SINT | FIRST_SINT << 3));
		assertEquals(1 << SINT, told(partition, MessageType.SYNIC_SINT_DELIVERABLE));
		assertEquals(0x1000 + 2 * TAKE_MESSAGE_LENGTH, root.get(partition, 0, Register.RIP));
		assertEquals(FIRST_SINT << 3, root.get(partition, 0, Register.DELIVERABILITY_NOTIFICATIONS), "that one is masked");
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	@Test
	void aSlotThatIsFreeAlreadyIsToldAtOnce() throws InterruptedException {
		long partition = start(Root.STANDARD, OUT);
		enableSynic(partition);
		assertEquals(HvStatus.SUCCESS, notify(partition, FIRST_SINT << SINT));
		assertEquals(1 << SINT, told(partition, MessageType.SYNIC_SINT_DELIVERABLE));
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	@Test
	void aProcessorThatHaltsIsWokenUpForIt() throws InterruptedException {
		// STI; HLT
		long partition = start(Root.STANDARD, "FB F4" + OUT);
		enableSynic(partition);
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0));
		assertEquals(HvStatus.SUCCESS, notify(partition, FIRST_SINT << SINT));
		assertNotNull(root.awaitSignal());
		assertEquals(1 << SINT, told(partition, MessageType.SYNIC_SINT_DELIVERABLE));
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0), "still halted");
	}

	private HvStatus state(int call, long partition, VpState state, MemorySegment page) {
		return HvStatus.of(HypercallResult.status(root.call(HypercallControl.simple(call, 8), input -> {
			new VpStateInput(partition, 0, 0, state.hypervisorType(), 0, 3).encode(input);
			input.set(JAVA_LONG, VpStateInput.SIZE, page.address() >>> 12);
		})));
	}

	@Test
	void messagesThatWaitMoveWithTheirProcessor() throws InterruptedException {
		long partition = start(Root.STANDARD, TAKE_MESSAGE + OUT);
		enableSynic(partition);
		post(partition, 1);
		post(partition, 2);
		MemorySegment apic = root.arena.allocate(4096, 4096);
		MemorySegment slots = root.arena.allocate(4096, 4096);
		assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, partition, VpState.LAPIC, apic));
		assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, partition, VpState.SIMP, slots));
		long other = start(Root.STANDARD, TAKE_MESSAGE + OUT);
		assertEquals(HvStatus.SUCCESS, state(CallCode.SET_VP_STATE, other, VpState.LAPIC, apic));
		enableSynic(other);
		assertEquals(HvStatus.SUCCESS, state(CallCode.SET_VP_STATE, other, VpState.SIMP, slots));
		assertInstanceOf(Intercept.IoPort.class, root.run(other, 0));
		state(CallCode.GET_VP_STATE, other, VpState.SIMP, slots);
		assertEquals(2, slots.get(JAVA_INT, 256L * SINT));
		state(CallCode.GET_VP_STATE, other, VpState.LAPIC, apic);
		assertEquals(1, apic.get(JAVA_INT, 252), "none waits");
	}

	@Test
	void anApicStateThatSaysNothingOfMessagesLeavesThem() throws InterruptedException {
		long partition = start(Root.STANDARD, TAKE_MESSAGE + OUT);
		enableSynic(partition);
		post(partition, 1);
		post(partition, 2);
		MemorySegment page = root.arena.allocate(4096, 4096);
		state(CallCode.GET_VP_STATE, partition, VpState.LAPIC, page);
		page.asSlice(176).fill((byte) 0);
		assertEquals(HvStatus.SUCCESS, state(CallCode.SET_VP_STATE, partition, VpState.LAPIC, page));
		page.set(JAVA_INT, 252, 17);
		assertEquals(HvStatus.INVALID_PARAMETER, state(CallCode.SET_VP_STATE, partition, VpState.LAPIC, page));
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		state(CallCode.GET_VP_STATE, partition, VpState.SIMP, page);
		assertEquals(2, page.get(JAVA_INT, 256L * SINT));
	}

	@Test
	void aPartitionThatIsSuspendedDoesNotExecuteWhileItsTimeGoesOn() throws InterruptedException {
		long partition = start(Root.STANDARD, OUT);
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.SUSPEND, 1));
		assertEquals(1, root.property(partition, PartitionProperty.SUSPEND));
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0));
		long time = root.property(partition, PartitionProperty.REFERENCE_TIME);
		while (root.property(partition, PartitionProperty.REFERENCE_TIME) == time) {
			Thread.onSpinWait();
		}
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, PartitionProperty.SUSPEND, 2));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.SUSPEND, 0));
		assertNotNull(root.awaitSignal());
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}
}
