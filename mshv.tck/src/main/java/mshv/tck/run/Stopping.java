package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

@Rule(Section.RUN)
@Conformance("stopping")
class Stopping {
	private final Hypervisor hypervisor;

	Stopping(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Test
	void haltingWithInterruptsDisabledLeavesTheGuest() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().cli().hlt())) {
			Intercept.Halt halt = guest.run(Intercept.Halt.class);
			assertEquals(0, halt.header().rflags() & 0x200);
		}
	}

	@Test
	void haltingInRealModeLeavesTheGuest() {
		try (Guest guest = Guest.inRealMode(hypervisor, GuestCode.forRealMode().hlt())) {
			guest.run(Intercept.Halt.class);
		}
	}

	@Test
	void aTripleFaultLeavesTheGuest() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().ud2())) {
			guest.processor().setRegisters(Map.of(Register.IDTR, RegisterValue.table(0, 0)));
			Intercept.UnrecoverableException triple = guest.run(Intercept.UnrecoverableException.class);
			assertEquals(0, triple.header().vpIndex());
		}
	}

	@Test
	void aTripleFaultInRealModeLeavesTheGuest() {
		try (Guest guest = Guest.inRealMode(hypervisor, GuestCode.forRealMode().ud2())) {
			guest.processor().setRegisters(Map.of(Register.IDTR, RegisterValue.table(0, 0)));
			guest.run(Intercept.UnrecoverableException.class);
		}
	}

	@Test
	void aProcessorThatWasSetUpAfterwardsRunsAgain() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().cli().hlt().movAl(5).out(1))) {
			guest.run(Intercept.Halt.class);
			guest.processor().setRegisters(Map.of(Register.RIP, RegisterValue.of(Guest.CODE + 2),
				Register.INTERNAL_ACTIVITY_STATE, RegisterValue.of(0)));
			assertEquals(5, guest.runToPort().rax());
		}
	}
}
