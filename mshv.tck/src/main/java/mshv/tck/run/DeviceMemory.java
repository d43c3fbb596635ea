package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** Accesses to a device's registers, which the test completes as a VMM would. */
@Rule(Section.INTERCEPTS)
@Conformance("device memory")
class DeviceMemory {
	private static final int MOV_LENGTH = 2;

	private final Hypervisor hypervisor;

	DeviceMemory(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Test
	void aReadGetsWhatTheVmmAnswers() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE + 0x10).loadEax().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertFalse(access.header().write());
			guest.processor().setRegisters(Map.of(Register.RAX, RegisterValue.of(0x1234_5678),
				Register.RIP, RegisterValue.of(access.header().rip() + MOV_LENGTH)));
			assertEquals(0x1234_5678, guest.runToPort().rax());
		}
	}

	@Test
	void aWriteIsSeenByTheVmm() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE + 0x10).movEax(0x1234).storeEax().movAl(9).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertTrue(access.header().write());
			assertEquals(Guest.NOWHERE + 0x10, access.guestAddress());
			assertEquals(0x1234, guest.processor().getRegister(Register.RAX));
			guest.processor().setRegister(Register.RIP, access.header().rip() + MOV_LENGTH);
			assertEquals(9, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void manyAccessesAreCompletedOneByOne() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE);
		int loop = code.position();
		// LOOP
		code.loadEax().raw(0xE2, loop - code.position() - 2 - 2 & 0xFF).out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.processor().setRegister(Register.RCX, 1000);
			int accesses = 0;
			Intercept next = guest.run();
			while (next instanceof Intercept.Memory access) {
				guest.processor().setRegisters(Map.of(Register.RAX, RegisterValue.of(++accesses),
					Register.RIP, RegisterValue.of(access.header().rip() + MOV_LENGTH)));
				next = guest.run();
			}
			assertEquals(1000, accesses);
			assertEquals(1000, ((Intercept.IoPort) next).rax());
		}
	}
}
