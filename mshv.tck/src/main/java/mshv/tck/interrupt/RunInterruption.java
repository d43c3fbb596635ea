package mshv.tck.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.RUN)
@Conformance("interruption of a run")
class RunInterruption {
	private static final long COUNTER = 0x9000;
	private static final long SEED = 20_240_607;

	private final Hypervisor hypervisor;

	RunInterruption(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** @return a guest that counts for ever, from its second instruction on */
	private Guest counting() {
		GuestCode code = GuestCode.forLongMode().movRdi(COUNTER);
		int loop = code.position();
		return Guest.inLongMode(hypervisor, code.increment().jump(loop));
	}

	@Test
	void aRunIsInterruptedFromAnotherThread() {
		try (Guest guest = counting()) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			guest.processor().interrupt();
			assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(run));
		}
	}

	@Test
	void aRunGoesOnWhereItWasInterrupted() {
		try (Guest guest = counting()) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			guest.processor().interrupt();
			Guest.join(run);
			long before = guest.counter(COUNTER);
			Future<Intercept> next = guest.start();
			Guest.await("the guest counts on", () -> guest.counter(COUNTER) > before);
			guest.processor().interrupt();
			Guest.join(next);
		}
	}

	@Test
	void anInterruptionBeforeTheRunEndsItAtOnce() {
		try (Guest guest = counting()) {
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, guest.run());
		}
	}

	@Test
	void severalInterruptionsBeforeARunCountAsOne() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().out(1))) {
			guest.processor().interrupt();
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, guest.run());
			assertInstanceOf(Intercept.IoPort.class, guest.run());
		}
	}

	@Test
	void aProcessorThatHaltsIsInterrupted() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().sti().hlt())) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest halts", () -> (guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & 2) != 0);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		}
	}

	@Test
	void aProcessorThatHaltsStillHaltsInTheNextRun() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().sti().hlt().out(1))) {
			for (int i = 0; i < 3; i++) {
				Future<Intercept> run = guest.start();
				Guest.await("the guest halts", () -> (guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & 2) != 0);
				guest.processor().interrupt();
				assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
			}
		}
	}

	@Test
	void ofAThousandInterruptionsNoneIsLostAndNoneCountsTwice() {
		Random random = new Random(SEED);
		try (Guest guest = counting()) {
			for (int i = 0; i < 1000; i++) {
				Future<Intercept> run = guest.start();
				long delay = random.nextInt(200_000);
				long start = System.nanoTime();
				while (System.nanoTime() - start < delay) {
					Thread.onSpinWait();
				}
				guest.processor().interrupt();
				assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
			}
			guest.write(Guest.CODE + 0x1000, GuestCode.forLongMode().out(1).toBytes());
			guest.processor().setRegister(Register.RIP, Guest.CODE + 0x1000);
			assertInstanceOf(Intercept.IoPort.class, guest.run(), "an interruption that ended two runs leaves one over");
		}
	}

	@Test
	void interruptionsAmongExitsLoseNeither() {
		GuestCode code = GuestCode.forLongMode().raw(0xFF, 0xC0).out(4).jump(0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Future<Integer> storm = guest.start(() -> {
				int interruptions = 0;
				for (int expected = 1; expected <= 20_000;) {
					Intercept intercept = guest.processor().run();
					if (intercept instanceof Intercept.IoPort access) {
						assertEquals(expected++, access.rax());
						guest.skip(access.header());
					} else {
						assertInstanceOf(Intercept.Interrupted.class, intercept);
						interruptions++;
					}
				}
				return interruptions;
			});
			int sent = 0;
			while (!storm.isDone()) {
				guest.processor().interrupt();
				sent++;
				Thread.yield();
			}
			int received = Guest.join(storm);
			assertTrue(received <= sent, received + " interruptions of " + sent);
		}
	}

	@Test
	void aSecondThreadMayNotRunTheSameProcessor() {
		try (Guest guest = counting()) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			assertThrows(HypervisorException.class, guest.processor()::run);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		}
	}

	@Test
	void anyThreadMayRunAProcessorInTurn() {
		GuestCode code = GuestCode.forLongMode().raw(0xFF, 0xC0).out(4).jump(0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			for (int i = 1; i <= 20; i++) {
				Intercept.IoPort access = (Intercept.IoPort) Guest.join(guest.start());
				assertEquals(i, access.rax());
				guest.skip(access.header());
			}
		}
	}
}
