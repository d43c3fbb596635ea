package mshv.tck.synic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Register;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Synthetic timers, on reference time that the test moves on. */
@Conformance("synthetic timers")
class SyntheticTimerRules {
	private static final long ENABLE = 1, PERIODIC = 2, LAZY = 4, AUTO_ENABLE = 8, DIRECT = 1 << 12;
	private static final long TO_SINT = (long) SynicCode.SINT << 16;
	private static final long HOUR = 36_000_000_000L;
	private static final int GENERAL_PROTECTION = 13;

	private final Hypervisor hypervisor;

	SyntheticTimerRules(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Guest guest(GuestCode code, long features) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		SynicCode.assume(guest, features);
		return guest;
	}

	private static GuestCode timer(long config, long count) {
		GuestCode code = SynicCode.write(SynicCode.enabled(), SynicCode.STIMER0_CONFIG, config);
		return SynicCode.write(code, SynicCode.STIMER0_COUNT, count).out(1).sti().raw(0xF4).jump(code.position() - 1);
	}

	private static void setTime(Guest guest, long value) {
		guest.partition().setProperty(PartitionProperty.REFERENCE_TIME, value);
	}

	@Test
	void aOneShotTimerSendsItsMessageAndStops() {
		try (Guest guest = guest(timer(AUTO_ENABLE | TO_SINT, HOUR), SynicCode.SYNIC | SynicCode.TIMERS)) {
			guest.longMode().handle(SynicCode.VECTOR,
				GuestCode.forLongMode().movRdi(SynicCode.MESSAGES + 256 * SynicCode.SINT).loadEax().out(4)
					.movRdi(SynicCode.MESSAGES + 256 * SynicCode.SINT + 16).loadEax().out(4).iretq());
			guest.runToPort();
			guest.runToPort();
			assertEquals(ENABLE | AUTO_ENABLE | TO_SINT, guest.processor().getRegister(Register.STIMER0_CONFIG));
			setTime(guest, HOUR);
			assertEquals(0x80000010L, guest.runToPort().rax());
			assertEquals(0, guest.runToPort().rax(), "number of the timer");
			assertEquals(AUTO_ENABLE | TO_SINT, guest.processor().getRegister(Register.STIMER0_CONFIG));
		}
	}

	@Test
	void aDirectTimerInterrupts() {
		try (Guest guest = guest(timer(AUTO_ENABLE | DIRECT | 0x61 << 4, HOUR), SynicCode.TIMERS | SynicCode.DIRECT_TIMERS)) {
			guest.longMode().handle(0x61, SynicCode.reporting(0x61));
			guest.runToPort();
			guest.runToPort();
			setTime(guest, 2 * HOUR);
			assertEquals(0x61, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void aPeriodicTimerGoesOn() {
		// 1 ms
		try (Guest guest = guest(timer(AUTO_ENABLE | PERIODIC | TO_SINT, 10_000), SynicCode.SYNIC | SynicCode.TIMERS)) {
			guest.longMode().handle(SynicCode.VECTOR, SynicCode.receiving(7));
			guest.runToPort();
			guest.runToPort();
			for (int i = 0; i < 10; i++) {
				assertEquals(7, guest.runToPort().rax() & 0xFF);
			}
			assertEquals(ENABLE | AUTO_ENABLE | PERIODIC | TO_SINT, guest.processor().getRegister(Register.STIMER0_CONFIG));
		}
	}

	@Test
	void aPeriodicTimerCatchesUpUnlessItIsLazy() {
		for (boolean lazy : new boolean[] {false, true}) {
			long config = AUTO_ENABLE | PERIODIC | TO_SINT | (lazy ? LAZY : 0);
			try (Guest guest = guest(timer(config, HOUR), SynicCode.SYNIC | SynicCode.TIMERS | SynicCode.DIRECT_TIMERS)) {
				guest.longMode().handle(SynicCode.VECTOR, SynicCode.receiving(7));
				guest.longMode().handle(0x61, SynicCode.reporting(0x61));
				guest.runToPort();
				guest.runToPort();
				setTime(guest, 5 * HOUR / 2);
				int expiries = lazy ? 1 : 2;
				for (int i = 0; i < expiries; i++) {
					assertEquals(7, guest.runToPort().rax() & 0xFF);
				}
				// Another timer shows that there are no more
				guest.processor().setRegister(Register.STIMER1_CONFIG, AUTO_ENABLE | DIRECT | 0x61 << 4);
				guest.processor().setRegister(Register.STIMER1_COUNT, 1);
				assertEquals(0x61, guest.runToPort().rax() & 0xFF);
			}
		}
	}

	@Test
	void aCountOfZeroDisables() {
		GuestCode code = SynicCode.write(GuestCode.forLongMode(), SynicCode.STIMER0_CONFIG, AUTO_ENABLE | TO_SINT);
		SynicCode.write(code, SynicCode.STIMER0_COUNT, HOUR);
		SynicCode.write(code, SynicCode.STIMER0_COUNT, 0).movEcx(SynicCode.STIMER0_CONFIG).rdmsr().out(4);
		try (Guest guest = guest(code, SynicCode.TIMERS)) {
			assertEquals(AUTO_ENABLE | TO_SINT, guest.runToPort().rax());
		}
	}

	@Test
	void aTimerToSintZeroIsNotEnabled() {
		GuestCode code = SynicCode.write(GuestCode.forLongMode(), SynicCode.STIMER0_CONFIG, ENABLE).movEcx(SynicCode.STIMER0_CONFIG).rdmsr()
			.out(4);
		try (Guest guest = guest(code, SynicCode.TIMERS)) {
			assertEquals(0, guest.runToPort().rax());
		}
	}

	@Test
	void reservedBitsOfTheConfigurationRaiseAFault() {
		GuestCode code = SynicCode.write(GuestCode.forLongMode(), SynicCode.STIMER0_CONFIG, 1 << 20).movAl(0).out(1);
		try (Guest guest = guest(code, SynicCode.TIMERS)) {
			guest.longMode().handle(GENERAL_PROTECTION, GuestCode.forLongMode().movAl(GENERAL_PROTECTION).out(1));
			assertEquals(GENERAL_PROTECTION, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void timersStandWhileThePartitionIsFrozen() {
		try (Guest guest = guest(timer(AUTO_ENABLE | TO_SINT, HOUR), SynicCode.SYNIC | SynicCode.TIMERS)) {
			guest.longMode().handle(SynicCode.VECTOR, SynicCode.receiving(7));
			guest.runToPort();
			guest.runToPort();
			guest.partition().setProperty(PartitionProperty.TIME_FREEZE, 1);
			setTime(guest, HOUR + 1);
			assertTrue((guest.processor().getRegister(Register.STIMER0_CONFIG) & ENABLE) != 0, "not expired");
			guest.partition().setProperty(PartitionProperty.TIME_FREEZE, 0);
			assertEquals(7, guest.runToPort().rax() & 0xFF);
		}
	}
}
