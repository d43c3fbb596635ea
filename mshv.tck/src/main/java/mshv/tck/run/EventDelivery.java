package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Events whose delivery touches memory that is not there: they stay pending until it is. */
@Conformance("delivery of events")
class EventDelivery {
	private static final int DEBUG = 1, INVALID_OPCODE = 6, PAGE_FAULT = 14, VECTOR = 0x40;
	private static final int INTERRUPT = 0, NMI = 2, EXCEPTION = 3;
	private static final long PENDING = 1;
	private static final int INTERRUPTION_PENDING = 1 << 6;
	private static final long STACK = Guest.NOWHERE + 0x800;

	private final Hypervisor hypervisor;

	EventDelivery(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private static long event(int type, int vector) {
		return PENDING | type << 1 | vector << 16;
	}

	/** Runs to the exit, checks that the event is pending, and puts memory there. */
	private static Intercept.Memory meetMissingStack(Guest guest, long event) {
		Intercept.Memory access = guest.run(Intercept.Memory.class);
		assertTrue(access.header().write());
		assertEquals(STACK - 8, access.guestAddress(), "the push of SS");
		assertTrue((access.header().executionState() & INTERRUPTION_PENDING) != 0);
		assertEquals(event, guest.processor().getRegister(Register.PENDING_INTERRUPTION));
		guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, guest.memory(0x1000)));
		return access;
	}

	private Guest withoutStack(GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		guest.processor().setRegister(Register.RSP, STACK);
		return guest;
	}

	@Test
	void anExceptionIsDeliveredOnceItsStackIsThere() {
		try (Guest guest = withoutStack(GuestCode.forLongMode().raw(0x90).ud2().movAl(1).out(1))) {
			// MOV EAX, [RSP]; OUT; ADD QWORD [RSP], 2
			guest.longMode().handle(INVALID_OPCODE,
				GuestCode.forLongMode().raw(0x8B, 0x04, 0x24).out(4).raw(0x48, 0x83, 0x04, 0x24, 2).iretq());
			assertEquals(Guest.CODE + 1, meetMissingStack(guest, event(EXCEPTION, INVALID_OPCODE)).header().rip());
			assertEquals(Guest.CODE + 1, guest.runToPort().rax());
			assertEquals(0, guest.processor().getRegister(Register.PENDING_INTERRUPTION));
			assertEquals(1, guest.runToPort().rax() & 0xFF, "delivered once");
		}
	}

	@Test
	void aPageFaultKeepsItsErrorCodeAndAddress() {
		// INC QWORD [RDI] where nothing is mapped
		try (Guest guest = withoutStack(GuestCode.forLongMode().movRdi(0x4000_3000L).increment())) {
			guest.longMode().handle(PAGE_FAULT, GuestCode.forLongMode().raw(0x58).out(4));
			meetMissingStack(guest, event(EXCEPTION, PAGE_FAULT) | 1 << 4 | 2L << 32);
			assertEquals(2, guest.runToPort().rax());
			assertEquals(0x4000_3000L, guest.processor().getRegister(Register.CR2));
		}
	}

	@Test
	void anInterruptIsDeliveredOnceItsStackIsThere() {
		try (Guest guest = withoutStack(GuestCode.forLongMode().loopForever())) {
			guest.longMode().handle(VECTOR, GuestCode.forLongMode().movAl(VECTOR).out(1).loopForever());
			guest.processor().setRegister(Register.PENDING_INTERRUPTION, event(INTERRUPT, VECTOR));
			meetMissingStack(guest, event(INTERRUPT, VECTOR));
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
			assertEquals(0, guest.processor().getRegister(Register.PENDING_INTERRUPTION));
		}
	}

	@Test
	void anInterruptFromTheApicIsNotLost() {
		// The APIC is enabled and interrupts itself; then the stack goes
		GuestCode code = GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF).movRdi(0xFEE0_0310L).store(0).movRdi(0xFEE0_0300L)
			.store(VECTOR).raw(0x48, 0x89, 0xF4).sti().raw(0x90).movAl(2).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(VECTOR, GuestCode.forLongMode().movAl(VECTOR).out(1).iretq());
			guest.processor().setRegister(Register.RSI, STACK);
			meetMissingStack(guest, event(INTERRUPT, VECTOR));
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
			assertEquals(2, guest.runToPort().rax() & 0xFF, "delivered once");
		}
	}

	@Test
	void aNonMaskableInterruptIsDeliveredOnceItsStackIsThere() {
		try (Guest guest = withoutStack(GuestCode.forLongMode().loopForever())) {
			guest.longMode().handle(NMI, GuestCode.forLongMode().movAl(NMI).out(1));
			guest.processor().setRegister(Register.PENDING_INTERRUPTION, event(NMI, NMI));
			meetMissingStack(guest, event(NMI, NMI));
			assertEquals(NMI, guest.runToPort().rax() & 0xFF);
			assertEquals(2, guest.processor().getRegister(Register.INTERRUPT_STATE), "masked");
		}
	}

	@Test
	void aSingleStepIsDeliveredOnceItsStackIsThere() {
		try (Guest guest = withoutStack(GuestCode.forLongMode().raw(0x90, 0x90))) {
			guest.longMode().handle(DEBUG, GuestCode.forLongMode().raw(0x8B, 0x04, 0x24).out(4).raw(0x8B, 0x44, 0x24, 0x10).out(4));
			guest.processor().setRegister(Register.RFLAGS, 0x102);
			meetMissingStack(guest, event(EXCEPTION, DEBUG));
			assertEquals(Guest.CODE + 1, guest.runToPort().rax());
			assertEquals(0x102, guest.runToPort().rax(), "a trap: no resume flag");
			assertEquals(1 << 14, guest.processor().getRegister(Register.DR6) & 0xE00F);
		}
	}

	@Test
	void anExceptionIsDeliveredOnceItsDescriptorTableIsThere() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().ud2())) {
			guest.longMode().handle(INVALID_OPCODE, GuestCode.forLongMode().movAl(INVALID_OPCODE).out(1));
			MemorySegment table = guest.memory(0x1000);
			RegisterValue here = guest.processor().getRegisters(List.of(Register.IDTR)).getFirst();
			MemorySegment.copy(guest.ram(), here.high(), table, 0, 0x1000);
			guest.processor().setRegisters(Map.of(Register.IDTR, RegisterValue.table(Guest.NOWHERE, 0xFFF)));
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertEquals(Guest.NOWHERE + 16 * INVALID_OPCODE, access.guestAddress());
			assertEquals(event(EXCEPTION, INVALID_OPCODE), guest.processor().getRegister(Register.PENDING_INTERRUPTION));
			guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, table));
			assertEquals(INVALID_OPCODE, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void anEventThatTheRootTakesBackIsNotDelivered() {
		try (Guest guest = withoutStack(GuestCode.forLongMode().ud2().movAl(1).out(1))) {
			guest.longMode().handle(INVALID_OPCODE, GuestCode.forLongMode().movAl(INVALID_OPCODE).out(1));
			meetMissingStack(guest, event(EXCEPTION, INVALID_OPCODE));
			guest.processor().setRegister(Register.PENDING_INTERRUPTION, 0);
			guest.processor().setRegister(Register.RIP, Guest.CODE + 2);
			assertEquals(1, guest.runToPort().rax() & 0xFF);
		}
	}
}
