package mshv.tck.interrupt;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.InterruptRequest;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.VirtualProcessor;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.PROCESSOR)
@Conformance("guest interrupts")
class GuestInterrupts {
	private static final int NMI_VECTOR = 2;
	private static final int VECTOR = 0x40;
	private static final int HALT_SUSPEND = 2;
	private static final InterruptRequest NMI = new InterruptRequest(InterruptRequest.Type.NMI, 0, 0, false, false);

	private final Hypervisor hypervisor;

	GuestInterrupts(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private static void awaitHalted(Guest guest) {
		Guest.await("the guest halts",
			() -> (guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & HALT_SUSPEND) != 0);
	}

	@Test
	void aFixedInterruptReachesItsHandler() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().sti().loopForever())) {
			guest.longMode().handle(VECTOR, ApicCode.reporting(VECTOR));
			guest.runToPort();
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void anInterruptReachesAGuestThatRuns() {
		GuestCode code = ApicCode.enable().movRdi(0x9000).sti();
		int loop = code.position();
		code.increment().jump(loop);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(VECTOR, ApicCode.reporting(VECTOR));
			guest.runToPort();
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(0x9000) > 1000);
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(VECTOR, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax() & 0xFF);
		}
	}

	@Test
	void anInterruptWaitsUntilTheGuestTakesInterrupts() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().movAl(1).out(1).sti().loopForever())) {
			guest.longMode().handle(VECTOR, ApicCode.reporting(VECTOR));
			guest.runToPort();
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(1, guest.runToPort().rax() & 0xFF);
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void theHigherVectorIsServedFirst() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().sti().loopForever())) {
			guest.longMode().handle(0x50, ApicCode.reporting(0x50));
			guest.longMode().handle(0x60, ApicCode.reporting(0x60));
			guest.runToPort();
			guest.partition().assertInterrupt(InterruptRequest.fixed(0x50, 0));
			guest.partition().assertInterrupt(InterruptRequest.fixed(0x60, 0));
			assertEquals(0x60, guest.runToPort().rax() & 0xFF);
			assertEquals(0x50, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void anInterruptOfLowerPriorityThanTheTaskWaits() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().sti().raw(0x90).movAl(1).out(1)
			.raw(0x31, 0xC0, 0x44, 0x0F, 0x22, 0xC0).loopForever())) {
			// XOR EAX, EAX; MOV CR8, RAX
			guest.longMode().handle(VECTOR, ApicCode.reporting(VECTOR));
			guest.runToPort();
			guest.processor().setRegister(Register.CR8, 8);
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(1, guest.runToPort().rax() & 0xFF);
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void anInterruptWakesAProcessorThatHalts() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().sti().hlt().movAl(1).out(1))) {
			guest.longMode().handle(VECTOR, ApicCode.counting(0x9000));
			guest.runToPort();
			Future<Intercept> run = guest.start();
			awaitHalted(guest);
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(1, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax() & 0xFF);
			assertEquals(1, guest.counter(0x9000));
		}
	}

	@Test
	void aThousandInterruptsWakeAProcessorThatHalts() {
		GuestCode code = ApicCode.enable().sti();
		int loop = code.position();
		code.hlt().jump(loop);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(VECTOR, ApicCode.counting(0x9000));
			guest.runToPort();
			Future<Intercept> run = guest.start();
			for (int i = 1; i <= 1000; i++) {
				int count = i;
				guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
				Guest.await("interrupt " + i, () -> guest.counter(0x9000) == count);
			}
			guest.processor().interrupt();
			Guest.join(run);
			assertNotEquals(0, guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & HALT_SUSPEND);
		}
	}

	@Test
	void aNonMaskableInterruptIsTakenWithInterruptsDisabled() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().out(1).loopForever())) {
			guest.longMode().handle(NMI_VECTOR, GuestCode.forLongMode().movAl(NMI_VECTOR).out(1));
			guest.runToPort();
			guest.partition().assertInterrupt(NMI);
			assertEquals(NMI_VECTOR, guest.runToPort().rax());
			assertEquals(2, guest.processor().getRegister(Register.INTERRUPT_STATE) & 2, "more are masked until IRET");
		}
	}

	@Test
	void aNonMaskableInterruptWakesAProcessorThatHalts() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().sti().hlt())) {
			guest.longMode().handle(NMI_VECTOR, GuestCode.forLongMode().movAl(NMI_VECTOR).out(1));
			Future<Intercept> run = guest.start();
			awaitHalted(guest);
			guest.partition().assertInterrupt(NMI);
			assertEquals(NMI_VECTOR, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax());
		}
	}

	@Test
	void theEndOfALevelTriggeredInterruptIsToldToTheVmm() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().sti().hlt().movAl(1).out(1))) {
			guest.longMode().handle(VECTOR, ApicCode.counting(0x9000));
			guest.runToPort();
			guest.partition().assertInterrupt(new InterruptRequest(InterruptRequest.Type.FIXED, VECTOR, 0, true, false));
			assertEquals(new Intercept.ApicEoi(0, VECTOR), guest.run());
			assertEquals(1, guest.counter(0x9000));
			assertEquals(1, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void theEndOfAnEdgeTriggeredInterruptIsTheGuestsOwnBusiness() {
		try (Guest guest = Guest.inLongMode(hypervisor, ApicCode.enable().sti().hlt().movAl(1).out(1))) {
			guest.longMode().handle(VECTOR, ApicCode.counting(0x9000));
			guest.runToPort();
			guest.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertEquals(1, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void anExternalInterruptOfVectorZeroIsAccepted() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			InterruptRequest external = new InterruptRequest(InterruptRequest.Type.EXTINT, 0, 0, false, false);
			guest.partition().assertInterrupt(external);
			guest.partition().assertInterrupt(external);
		}
	}

	@Test
	void aFixedInterruptOfAnIllegalVectorIsRefused() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			assertRefused(HvStatus.INVALID_PARAMETER, () -> guest.partition().assertInterrupt(InterruptRequest.fixed(15, 0)));
		}
	}

	@Test
	void anInterruptBeforeInitializationIsRefused() {
		try (Partition partition = hypervisor.createPartition(PartitionConfig.standard())) {
			assertRefused(HvStatus.INVALID_PARTITION_STATE, () -> partition.assertInterrupt(InterruptRequest.fixed(VECTOR, 0)));
		}
	}

	@Test
	void aProcessorThatWaitsForStartUpStartsAtThePageThatItIsTold() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			guest.write(0x7000, GuestCode.forRealMode().movAl(7).out(1).toBytes());
			VirtualProcessor other = guest.partition().createVirtualProcessor(1);
			Future<Intercept> run = guest.start(other::run);
			guest.partition().assertInterrupt(new InterruptRequest(InterruptRequest.Type.INIT, 0, 1, false, false));
			guest.partition().assertInterrupt(new InterruptRequest(InterruptRequest.Type.SIPI, 7, 1, false, false));
			Intercept.IoPort access = assertInstanceOf(Intercept.IoPort.class, Guest.join(run));
			assertEquals(7, access.rax() & 0xFF);
			assertEquals(1, access.header().vpIndex());
			assertEquals(0x7000, access.header().cs().segmentBase());
			assertEquals(0x700, access.header().cs().segmentSelector());
		}
	}

	@Test
	void aProcessorThatWaitsForStartUpCanBeInterrupted() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			VirtualProcessor other = guest.partition().createVirtualProcessor(1);
			Future<Intercept> run = guest.start(other::run);
			other.interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		}
	}

	@Test
	void oneProcessorInterruptsAnother() {
		// ICR: high word APIC id 1, low word fixed vector
		GuestCode code = GuestCode.forLongMode().movRdi(0xFEE0_0310L).store(1 << 24).movRdi(0xFEE0_0300L).store(VECTOR).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(VECTOR, ApicCode.reporting(VECTOR));
			guest.write(0x8000, ApicCode.enable().sti().loopForever().toBytes());
			VirtualProcessor other = guest.partition().createVirtualProcessor(1);
			guest.setUpLongMode(other, 0x8000, 0x1C000);
			Intercept.IoPort enabled = assertInstanceOf(Intercept.IoPort.class, guest.run(other));
			other.setRegister(Register.RIP, enabled.header().rip() + enabled.header().instructionLength());
			Future<Intercept> run = guest.start(other::run);
			guest.runToPort();
			assertEquals(VECTOR, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax() & 0xFF);
		}
	}

	@Test
	void theApicTimerInterruptsAProcessorThatHalts() {
		// Divide by 1, one-shot with the vector, then the count
		GuestCode code = ApicCode.enable().movRdi(0xFEE0_03E0L).store(0xB).movRdi(0xFEE0_0320L).store(VECTOR).movRdi(0xFEE0_0380L)
			.store(1000).sti().hlt().loopForever();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(VECTOR, ApicCode.reporting(VECTOR));
			guest.runToPort();
			assertEquals(VECTOR, guest.runToPort().rax() & 0xFF);
		}
	}
}
