package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class NestedFaultTest {
	private static final int HANDLER = 0x9000, DOUBLE_FAULT = 0xA000;
	private static final int INTERRUPT = 14;

	@Test
	void aContributoryExceptionDuringAnotherIsADoubleFault() {
		try (Guest guest = Guest.protectedMode()) {
			guest.gate(Vector.DF, Guest.CODE, DOUBLE_FAULT, INTERRUPT, 0);
			guest.gate(Vector.GP, Guest.ABSENT_CODE, HANDLER, INTERRUPT, 0);
			Interrupts.deliverFault(guest.cpu, guest.cpu.raise(Vector.GP, 0x20));
			assertEquals(DOUBLE_FAULT, guest.cpu.rip);
			assertEquals(0, guest.get32(Guest.STACK - 16));
			assertEquals(Guest.CODE_AT, guest.get32(Guest.STACK - 12));
			assertEquals(Flag.RF | Flag.FIXED, guest.get32(Guest.STACK - 4));
		}
	}

	@Test
	void aBenignExceptionIsReplacedByWhatItsDeliveryRaises() {
		try (Guest guest = Guest.protectedMode()) {
			guest.gate(Vector.NP, Guest.CODE, HANDLER, INTERRUPT, 0);
			guest.gate(Vector.UD, Guest.ABSENT_CODE, HANDLER, INTERRUPT, 0);
			Interrupts.deliverFault(guest.cpu, guest.cpu.raise(Vector.UD));
			assertEquals(HANDLER, guest.cpu.rip);
			assertEquals(Guest.ABSENT_CODE + 1, guest.get32(Guest.STACK - 16));
		}
	}

	@Test
	void anExternalInterruptIsBenignWhateverItsVector() {
		try (Guest guest = Guest.protectedMode()) {
			guest.gate(Vector.NP, Guest.CODE, HANDLER, INTERRUPT, 0);
			guest.gate(Vector.GP, Guest.ABSENT_CODE, HANDLER, INTERRUPT, 0);
			Interrupts.deliverInterrupt(guest.cpu, Vector.GP);
			assertEquals(HANDLER, guest.cpu.rip);
		}
	}

	@Test
	void aPageFaultDuringAPageFaultIsADoubleFault() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.put64(Guest.TSS + 0x24, Guest.KERNEL_STACK);
			guest.longGate(Vector.PF, Guest.CODE64, HANDLER, INTERRUPT, 0, 0);
			guest.longGate(Vector.DF, Guest.CODE64, DOUBLE_FAULT, INTERRUPT, 0, 1);
			cpu.r[Cpu.RSP] = 0x20000;
			guest.mapPage(0x1F000, 0);
			Interrupts.deliverFault(cpu, cpu.raise(Vector.PF, 0));
			assertEquals(DOUBLE_FAULT, cpu.rip);
			assertEquals(0x1FFF8, cpu.cr2);
			assertEquals(0, guest.get64(Guest.KERNEL_STACK - 48));
			assertEquals(0x20000, guest.get64(Guest.KERNEL_STACK - 16));
		}
	}

	@Test
	void aPageFaultDuringAContributoryExceptionIsDeliveredAfterIt() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.put64(Guest.TSS + 0x24, Guest.KERNEL_STACK);
			guest.longGate(Vector.GP, Guest.CODE64, DOUBLE_FAULT, INTERRUPT, 0, 0);
			guest.longGate(Vector.PF, Guest.CODE64, HANDLER, INTERRUPT, 0, 1);
			cpu.r[Cpu.RSP] = 0x20000;
			guest.mapPage(0x1F000, 0);
			Interrupts.deliverFault(cpu, cpu.raise(Vector.GP, 0));
			assertEquals(HANDLER, cpu.rip);
			assertEquals(2, guest.get64(Guest.KERNEL_STACK - 48));
		}
	}

	@Test
	void anExceptionDuringADoubleFaultIsATripleFaultThatChangesNothing() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			assertEquals(GuestFault.EXIT, guest.faultOf(() -> Interrupts.deliverFault(cpu, cpu.raise(Vector.UD))).vector());
			assertEquals(Exit.Kind.TRIPLE_FAULT, cpu.exit.kind);
			assertEquals(Guest.CODE_AT, cpu.rip);
			assertEquals(3, cpu.cpl);
			assertEquals(Guest.STACK, cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void deliveryThatReachesUnmappedMemoryLeavesAndCanBeRepeated() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			guest.gate(0x30, Guest.CODE, HANDLER, INTERRUPT, 0);
			cpu.r[Cpu.RSP] = 0x50000;
			assertEquals(GuestFault.EXIT, guest.faultOf(() -> Interrupts.deliverInterrupt(cpu, 0x30)).vector());
			assertEquals(Exit.Kind.MEMORY, cpu.exit.kind);
			assertEquals(0x4FFFC, cpu.exit.gpa);
			guest.memory.setEntry(0x4F, guest.memory.entry(0x20));
			Interrupts.deliverInterrupt(cpu, 0x30);
			assertEquals(HANDLER, cpu.rip);
			assertEquals(Guest.CODE_AT, guest.get32(0x20FF4));
		}
	}
}
