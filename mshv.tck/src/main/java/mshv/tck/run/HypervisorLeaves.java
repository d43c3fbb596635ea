package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** CPUID leaves of the hypervisor (TLFS chapter 2), and those that change when the guest asks for it. */
@Rule(Section.GUEST_INTERFACE)
@Conformance("leaves of the hypervisor")
class HypervisorLeaves {
	private static final int FIRST = 0x4000_0000, FEATURES = 0x4000_0003, POWER = 0x8000_0007;
	private static final int TSC_INVARIANT_CONTROL = 0x4000_0118;
	/** Privilege of leaf 0x40000003, EAX; bit of leaf 0x80000007, EDX. */
	private static final int CONTROL_OFFERED = 1 << 15, INVARIANT = 1 << 8;

	private final Hypervisor hypervisor;

	HypervisorLeaves(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** Adds a report of one register of a leaf. @param move second byte of MOV EAX, register */
	private static GuestCode report(GuestCode code, int leaf, int move) {
		return code.movEax(leaf).cpuid().raw(0x89, move).movDx(0).out(4);
	}

	private static GuestCode eax(GuestCode code, int leaf) {
		return report(code, leaf, 0xC0);
	}

	private static GuestCode edx(GuestCode code, int leaf) {
		return report(code, leaf, 0xD0);
	}

	@Test
	void thereAreAtLeastTheLeavesThatEveryHypervisorHas() {
		GuestCode code = eax(GuestCode.forLongMode(), FIRST);
		eax(code, FIRST + 1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			long last = guest.runToPort().rax();
			assertTrue(last >= 0x4000_0005 && last < 0x4000_0100, () -> Long.toHexString(last));
			assertEquals(0x31237648, guest.runToPort().rax(), "Hv#1");
		}
	}

	@Test
	void aLeafBehindTheLastIsZero() {
		try (Guest guest = Guest.inLongMode(hypervisor, eax(eax(GuestCode.forLongMode(), FIRST), FIRST + 0xFF))) {
			guest.runToPort();
			assertEquals(0, guest.runToPort().rax());
		}
	}

	@Test
	void theCounterIsShownToBeInvariantWhenTheGuestHasAsked() {
		GuestCode code = edx(eax(GuestCode.forLongMode(), FEATURES), POWER);
		code.movEcx(TSC_INVARIANT_CONTROL).movEax(1).movEdx(0).wrmsr();
		edx(code, POWER).movEcx(TSC_INVARIANT_CONTROL).rdmsr().movDx(0).out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Assumptions.assumeTrue((guest.runToPort().rax() & CONTROL_OFFERED) != 0, "invariant time-stamp counter");
			assertEquals(0, guest.runToPort().rax() & INVARIANT);
			assertEquals(INVARIANT, guest.runToPort().rax() & INVARIANT);
			assertEquals(1, guest.runToPort().rax());
		}
	}
}
