package mshv.tck.smp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.VirtualProcessor;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Interrupts that processors send each other through their local APICs (Intel SDM vol. 3, 11.6). */
@Conformance("several processors: interrupts between them")
class InterprocessorInterrupts {
	private static final int PROCESSORS = 4;
	private static final long APIC = 0xFEE0_0000L;
	private static final int SPURIOUS = 0xF0, EOI = 0xB0, LOGICAL_DESTINATION = 0xD0, ICR = 0x300, ICR_DESTINATION = 0x310;
	private static final int LOGICAL = 0x800, LOWEST_PRIORITY = 0x100, NMI = 0x400, INIT = 0x500, STARTUP = 0x600;
	private static final int SELF = 1 << 18, ALL = 2 << 18, OTHERS = 3 << 18;
	private static final int VECTOR = 0x40, NMI_VECTOR = 2;
	private static final long READY = Processors.DATA, TAKEN = Processors.DATA + 0x100;
	private static final int HALT_SUSPEND = 2;

	private final Hypervisor hypervisor;

	InterprocessorInterrupts(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private static GuestCode apic(GuestCode code, int register, int value) {
		return code.movRdi(APIC + register).store(value);
	}

	private static GuestCode send(GuestCode code, int destination, int command) {
		return apic(apic(code, ICR_DESTINATION, destination << 24), ICR, command);
	}

	/** LOCK INC QWORD [address]. */
	private static GuestCode count(GuestCode code, long address) {
		return code.movRdi(address).raw(0xF0, 0x48, 0xFF, 0x07);
	}

	/** Waits until a counter below 128 has a value. */
	private static GuestCode await(GuestCode code, long address, int value) {
		// PAUSE; CMP QWORD [RDI], value; JNE
		return code.movRdi(address).raw(0xF3, 0x90, 0x48, 0x83, 0x3F, value, 0x75, 0xF8);
	}

	/** Enables its APIC with a logical destination of one bit, says so, and halts for ever; the handler counts for each processor. */
	private static GuestCode receiver(int index) {
		GuestCode code = apic(apic(GuestCode.forLongMode(), SPURIOUS, 0x1FF), LOGICAL_DESTINATION, 1 << 24 + index);
		// MOV RSI: where the handler counts
		count(code.movRsi(TAKEN + 8 * index), READY).sti();
		int loop = code.position();
		return code.hlt().jump(loop);
	}

	private static GuestCode handler() {
		// INC QWORD [RSI]; PUSH RDI
		return apic(GuestCode.forLongMode().raw(0x48, 0xFF, 0x06).pushRdi(), EOI, 0).popRdi().iretq();
	}

	/** Sends from processor 0 when all others halt, and counts what each has taken. */
	private void check(int destination, int command, long... expected) {
		GuestCode sender = apic(apic(GuestCode.forLongMode(), SPURIOUS, 0x1FF), LOGICAL_DESTINATION, 1 << 24).movRsi(TAKEN).sti();
		send(await(sender, READY, PROCESSORS - 1), destination, command).out(1);
		int loop = sender.position();
		sender.raw(0x90).jump(loop);
		List<GuestCode> programs = new ArrayList<>(List.of(sender));
		for (int i = 1; i < PROCESSORS; i++) {
			programs.add(receiver(i));
		}
		try (Processors processors = new Processors(hypervisor, programs)) {
			Guest guest = processors.guest();
			guest.longMode().handle(VECTOR, handler());
			guest.longMode().handle(NMI_VECTOR, GuestCode.forLongMode().raw(0x48, 0xFF, 0x06).iretq());
			List<Future<Intercept>> runs = processors.start();
			Intercept.IoPort sent = assertInstanceOf(Intercept.IoPort.class, Guest.join(runs.getFirst()));
			guest.skip(sent.header());
			Future<Intercept> rest = guest.start();
			for (int i = 0; i < PROCESSORS; i++) {
				int index = i;
				Guest.await("processor " + i + " has taken " + expected[i], () -> guest.counter(TAKEN + 8 * index) == expected[index]);
			}
			guest.processor().interrupt();
			Guest.join(rest);
			for (int i = 1; i < PROCESSORS; i++) {
				processors.processor(i).interrupt();
				Guest.join(runs.get(i));
				assertEquals(expected[i], guest.counter(TAKEN + 8 * i));
			}
		}
	}

	@Test
	void aPhysicalDestinationIsOneProcessor() {
		check(2, VECTOR, 0, 0, 1, 0);
	}

	@Test
	void thePhysicalBroadcastReachesAll() {
		check(0xFF, VECTOR, 1, 1, 1, 1);
	}

	@Test
	void aLogicalDestinationIsASetOfProcessors() {
		check(0b1010, VECTOR | LOGICAL, 0, 1, 0, 1);
	}

	@Test
	void theShorthandsNameTheSenderAllAndAllOthers() {
		check(0, VECTOR | SELF, 1, 0, 0, 0);
		check(0, VECTOR | ALL, 1, 1, 1, 1);
		check(0, VECTOR | OTHERS, 0, 1, 1, 1);
	}

	@Test
	void aNonMaskableInterruptReachesAllOthers() {
		check(0, NMI | OTHERS, 0, 1, 1, 1);
	}

	@Test
	void theLowestPriorityIsOneOfTheProcessorsThatAreNamed() {
		check(0b0100, VECTOR | LOGICAL | LOWEST_PRIORITY, 0, 0, 1, 0);
	}

	@Test
	void initAndStartUpIpisStartTheOtherProcessors() {
		GuestCode starter = apic(GuestCode.forLongMode(), SPURIOUS, 0x1FF);
		await(send(send(starter, 0, INIT | OTHERS), 0, STARTUP | OTHERS | 7), READY, 3).movAl(1).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, starter)) {
			// MOV AX, 8000h; MOV DS, AX; LOCK INC WORD [0]; CLI; HLT
			guest.write(0x7000, GuestCode.forRealMode().raw(0xB8, 0x00, 0x80, 0x8E, 0xD8, 0xF0, 0xFF, 0x06, 0x00, 0x00).cli().hlt().toBytes());
			List<VirtualProcessor> others = new ArrayList<>();
			List<Future<Intercept>> runs = new ArrayList<>();
			for (int i = 1; i < PROCESSORS; i++) {
				VirtualProcessor other = guest.partition().createVirtualProcessor(i);
				others.add(other);
				runs.add(guest.start(() -> guest.run(other)));
			}
			assertEquals(1, guest.runToPort().rax() & 0xFF);
			for (VirtualProcessor other : others) {
				Guest.await("it halts", () -> (other.getRegister(Register.INTERNAL_ACTIVITY_STATE) & HALT_SUSPEND) != 0);
				assertEquals(0x700, other.getRegisters(List.of(Register.CS)).getFirst().segmentSelector());
				other.interrupt();
			}
			runs.forEach(Guest::join);
		}
	}
}
