package mshv.tck.synic;

import static mshv.tck.synic.HypercallCode.FAST;
import static mshv.tck.synic.HypercallCode.call;
import static mshv.tck.synic.HypercallCode.enabled;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
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
	private static final int FLUSH_SPACE = 2, IPI = 0xB, FLUSH_GUEST_SPACE = 0xAF, FLUSH_GUEST_LIST = 0xB0;
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
		try (Guest guest = guest(call(enabled(), HypercallCode.SIGNAL_EVENT | FAST, 0x1234, 0), SynicCode.HYPERCALLS | SynicCode.SIGNAL_EVENTS)) {
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

	/** They are about a nested guest's memory; leaf 0x4000000A, EAX bit 18, says whether they are there. */
	@Test
	void flushesOfGuestPhysicalAddressesComeWithNestedVirtualization() {
		GuestCode code = enabled().movEax(0x4000_0000).cpuid().movDx(0).out(4).movEax(0x4000_000A).cpuid().movDx(0).out(4);
		call(code, FLUSH_GUEST_SPACE, INPUT, 0);
		call(code, FLUSH_GUEST_LIST, INPUT, 0);
		try (Guest guest = guest(code, SynicCode.HYPERCALLS)) {
			long last = guest.runToPort().rax();
			long nested = guest.runToPort().rax();
			boolean offered = last >= 0x4000_000A && (nested >> 18 & 1) != 0;
			Assumptions.assumeFalse(offered, "nested virtualization");
			assertEquals(HvStatus.INVALID_HYPERCALL_CODE.code(), guest.runToPort().rax());
			assertEquals(HvStatus.INVALID_HYPERCALL_CODE.code(), guest.runToPort().rax());
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

	@Test
	void anIdleGuestWakesUpThoughItServesAnInterruptOfTheSamePriority() {
		GuestCode code = GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF).out(1).sti().loopForever();
		try (Guest guest = guest(code, SynicCode.IDLE)) {
			guest.longMode().handle(VECTOR + 1, GuestCode.forLongMode().movEcx(SynicCode.GUEST_IDLE).rdmsr().movAl(9).out(1));
			guest.runToPort();
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR + 1, 0));
			var run = guest.start();
			Guest.await("the guest is idle", () -> (guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & 4) != 0);
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(9, ((Intercept.IoPort) Guest.join(run)).rax() & 0xFF);
		}
	}
}
