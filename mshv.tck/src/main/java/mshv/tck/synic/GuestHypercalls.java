package mshv.tck.synic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.InterruptRequest;
import mshv.api.Register;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** Hypercalls that a guest makes through its hypercall page, and the MSR that suspends it. */
@Rule(Section.GUEST_INTERFACE)
@Conformance("guest hypercalls")
class GuestHypercalls {
	private static final int GUEST_OS_ID = 0x4000_0000, HYPERCALL = 0x4000_0001;
	private static final int PAGE = 0x7000;
	private static final int FAST = 1 << 16;
	private static final int FLUSH_SPACE = 2, IPI = 0xB, SIGNAL_EVENT = 0x5D;
	private static final int INPUT = 0x4000;
	private static final int UNDEFINED = 6, VECTOR = 0x55;

	private final Hypervisor hypervisor;

	GuestHypercalls(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Guest guest(GuestCode code, long features) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		SynicCode.assume(guest, features);
		return guest;
	}

	/** @return a program that begins by enabling the local APIC and the hypercall page */
	private static GuestCode enabled() {
		GuestCode code = GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF);
		SynicCode.write(code, GUEST_OS_ID, 0x8100_0000_0000_0000L);
		return SynicCode.write(code, HYPERCALL, PAGE | 1);
	}

	/** Adds a call by way of the page, and a report of the low half of its result. */
	private static GuestCode call(GuestCode code, int control, int first, int second) {
		// MOV R8, second; MOV RAX, page; CALL RAX
		return code.movEcx(control).movEdx(first).raw(0x41, 0xB8, second, second >> 8, second >> 16, second >> 24).movRax(PAGE)
			.raw(0xFF, 0xD0).out(4);
	}

	@Test
	void withoutItsPageTheInstructionIsUndefined() {
		try (Guest guest = guest(GuestCode.forLongMode().raw(0x0F, 0x01, 0xC1).out(1), SynicCode.HYPERCALLS)) {
			guest.longMode().handle(UNDEFINED, GuestCode.forLongMode().movAl(UNDEFINED).out(1));
			assertEquals(UNDEFINED, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void aCallThatDoesNotExistIsRefused() {
		try (Guest guest = guest(call(enabled(), 0x7FFF | FAST, 0, 0), SynicCode.HYPERCALLS)) {
			assertEquals(HvStatus.INVALID_HYPERCALL_CODE.code(), guest.runToPort().rax());
		}
	}

	@Test
	void aConnectionThatDoesNotExistIsRefused() {
		try (Guest guest = guest(call(enabled(), SIGNAL_EVENT | FAST, 0x1234, 0), SynicCode.HYPERCALLS | 1 << 29)) {
			assertEquals(HvStatus.INVALID_CONNECTION_ID.code(), guest.runToPort().rax());
		}
	}

	@Test
	void aGuestInterruptsItself() {
		GuestCode code = call(enabled(), IPI | FAST, VECTOR, 1).sti().loopForever();
		try (Guest guest = guest(code, SynicCode.HYPERCALLS | SynicCode.INTERRUPTS)) {
			guest.longMode().handle(VECTOR, SynicCode.reporting(VECTOR));
			assertEquals(0, guest.runToPort().rax());
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void aFlushTakesItsInputFromMemory() {
		GuestCode code = call(enabled(), FLUSH_SPACE, INPUT, 0);
		call(code, FLUSH_SPACE, INPUT + 4, 0);
		try (Guest guest = guest(code, SynicCode.HYPERCALLS | SynicCode.FLUSH)) {
			assertEquals(0, guest.runToPort().rax());
			assertEquals(HvStatus.INVALID_ALIGNMENT.code(), guest.runToPort().rax());
		}
	}

	@Test
	void anIdleGuestWakesUpThoughItTakesNoInterrupts() {
		GuestCode code = GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF).out(1).movEcx(SynicCode.GUEST_IDLE).rdmsr().movAl(9)
			.out(1);
		try (Guest guest = guest(code, SynicCode.IDLE)) {
			guest.runToPort();
			var run = guest.start();
			Guest.await("the guest is idle", () -> (guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & 4) != 0);
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(9, ((Intercept.IoPort) Guest.join(run)).rax() & 0xFF);
		}
	}
}
