package mshv.tck.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.InterruptRequest;
import mshv.api.VpStatistics;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

@Conformance("statistics")
class Statistics {
	private final Hypervisor hypervisor;

	Statistics(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Test
	void aProcessorThatHasNotRunHasDoneNothing() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			VpStatistics statistics = guest.processor().statistics();
			assertEquals(0, statistics.intercepts());
			assertEquals(0, statistics.runTime());
			assertTrue(statistics.instructions() <= 0);
			assertTrue(statistics.interrupts() <= 0);
		}
	}

	@Test
	void interceptsAndTimeAreCounted() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().out(1).jump(0))) {
			for (int i = 1; i <= 10; i++) {
				long before = guest.processor().statistics().runTime();
				guest.runToPort();
				VpStatistics statistics = guest.processor().statistics();
				assertEquals(i, statistics.intercepts());
				assertTrue(statistics.runTime() > before);
			}
		}
	}

	@Test
	void aRunThatWasInterruptedIsNoIntercept() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().loopForever())) {
			guest.processor().interrupt();
			guest.run();
			assertEquals(0, guest.processor().statistics().intercepts());
		}
	}

	@Test
	void instructionsAreCounted() {
		// MOV ECX, 1000; DEC ECX; JNZ
		GuestCode code = GuestCode.forLongMode().movEcx(1000).raw(0xFF, 0xC9, 0x75, 0xFC).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.runToPort();
			long instructions = guest.processor().statistics().instructions();
			assumeTrue(instructions >= 0, "not counted");
			assertTrue(instructions >= 2001 && instructions <= 2002, () -> instructions + " instructions");
		}
	}

	@Test
	void interruptsAreCounted() {
		GuestCode code = GuestCode.forLongMode().out(1).loopForever();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(2, GuestCode.forLongMode().out(1).iretq());
			guest.runToPort();
			assumeTrue(guest.processor().statistics().interrupts() >= 0, "not counted");
			guest.partition().assertInterrupt(new InterruptRequest(InterruptRequest.Type.NMI, 0, 0, false, false));
			guest.runToPort();
			assertEquals(1, guest.processor().statistics().interrupts());
		}
	}
}
