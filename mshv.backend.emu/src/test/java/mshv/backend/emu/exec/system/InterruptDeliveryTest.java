package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class InterruptDeliveryTest {
	private static final int HANDLER = 0x9000;
	private static final int INTERRUPT32 = 14, TRAP32 = 15, INTERRUPT16 = 6;

	@Test
	void realModePushesFlagsCsAndIpAndGoesThroughTheVectorTable() {
		try (Guest guest = Guest.real()) {
			Cpu cpu = guest.cpu;
			guest.put16(4 * 0x21, 0x1234);
			guest.put16(4 * 0x21 + 2, 0x0100);
			cpu.setRflags(Flag.IF | Flag.TF | Flag.CF | Flag.AC);
			guest.execute(0xCD, 0x21);
			assertEquals(0x1234, cpu.rip);
			assertEquals(0x1000, cpu.segments[Segment.CS].base);
			assertEquals(Guest.STACK - 6, cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT + 2, guest.get16(Guest.STACK - 6));
			assertEquals(0, guest.get16(Guest.STACK - 4));
			assertEquals(Flag.IF | Flag.TF | Flag.CF | Flag.FIXED, guest.get16(Guest.STACK - 2));
			assertEquals(Flag.CF | Flag.FIXED, cpu.rflags());
		}
	}

	@Test
	void realModePushesNoErrorCode() {
		try (Guest guest = Guest.real()) {
			Interrupts.deliverFault(guest.cpu, guest.cpu.raise(Vector.GP, 8));
			assertEquals(Guest.STACK - 6, guest.cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT, guest.get16(Guest.STACK - 6));
		}
	}

	@Test
	void anInterruptGateAtTheSamePrivilegePushesThreeWordsAndClearsIf() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			guest.gate(0x30, Guest.CODE, HANDLER, INTERRUPT32, 0);
			cpu.setRflags(Flag.IF | Flag.NT | Flag.TF);
			Interrupts.deliverInterrupt(cpu, 0x30);
			assertEquals(HANDLER, cpu.rip);
			assertEquals(HANDLER, cpu.nextRip);
			assertEquals(Guest.STACK - 12, cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT, guest.get32(Guest.STACK - 12));
			assertEquals(Guest.CODE, guest.get32(Guest.STACK - 8));
			assertEquals(Flag.IF | Flag.NT | Flag.TF | Flag.FIXED, guest.get32(Guest.STACK - 4));
			assertEquals(Flag.FIXED, cpu.rflags());
		}
	}

	@Test
	void aTrapGateLeavesIfAlone() {
		try (Guest guest = Guest.protectedMode()) {
			guest.gate(0x30, Guest.CODE, HANDLER, TRAP32, 0);
			guest.cpu.setRflags(Flag.IF);
			Interrupts.deliverInterrupt(guest.cpu, 0x30);
			assertEquals(Flag.IF | Flag.FIXED, guest.cpu.rflags());
		}
	}

	@Test
	void aFaultFromUserModeSwitchesToTheStackInTheTss() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			guest.gate(Vector.GP, Guest.CODE, HANDLER, INTERRUPT32, 0);
			Interrupts.deliverFault(cpu, cpu.raise(Vector.GP, 0x48));
			assertEquals(0, cpu.cpl);
			assertEquals(Guest.DATA, guest.selector(Segment.SS));
			assertEquals(Guest.KERNEL_STACK - 24, cpu.r[Cpu.RSP]);
			assertEquals(0x48, guest.get32(Guest.KERNEL_STACK - 24));
			assertEquals(Guest.CODE_AT, guest.get32(Guest.KERNEL_STACK - 20));
			assertEquals(Guest.USER_CODE, guest.get32(Guest.KERNEL_STACK - 16));
			assertEquals(Flag.RF | Flag.FIXED, guest.get32(Guest.KERNEL_STACK - 12));
			assertEquals(Guest.STACK, guest.get32(Guest.KERNEL_STACK - 8));
			assertEquals(Guest.USER_DATA, guest.get32(Guest.KERNEL_STACK - 4));
			assertTrue((guest.get64(Guest.GDT + Guest.CODE) & Descriptor.ACCESSED) != 0);
			assertTrue((guest.get64(Guest.GDT + Guest.DATA) & Descriptor.ACCESSED) != 0);
		}
	}

	@Test
	void a16BitGatePushes16BitValues() {
		try (Guest guest = Guest.protectedMode()) {
			guest.gate(0x30, Guest.CODE, 0x7FFF9000, INTERRUPT16, 0);
			Interrupts.deliverInterrupt(guest.cpu, 0x30);
			assertEquals(HANDLER, guest.cpu.rip);
			assertEquals(Guest.STACK - 6, guest.cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT, guest.get16(Guest.STACK - 6));
			assertEquals(Guest.CODE, guest.get16(Guest.STACK - 4));
		}
	}

	@Test
	void leavingVirtual8086ModePushesAndClearsTheDataSegments() {
		try (Guest guest = Guest.virtual8086(3)) {
			Cpu cpu = guest.cpu;
			guest.gate(0x30, Guest.CODE, HANDLER, INTERRUPT32, 3);
			guest.execute(0xCD, 0x30);
			long top = Guest.KERNEL_STACK;
			assertFalse(cpu.virtual8086());
			assertEquals(0, cpu.cpl);
			assertEquals(top - 36, cpu.r[Cpu.RSP]);
			assertEquals(2, guest.get32(top - 36));
			assertEquals(0x800, guest.get32(top - 32));
			assertEquals(Flag.VM | Flag.IF | Flag.IOPL | Flag.FIXED, guest.get32(top - 28));
			assertEquals(0x1000, guest.get32(top - 24));
			assertEquals(0x102, guest.get32(top - 20));
			assertEquals(0x100, guest.get32(top - 16));
			assertEquals(0x103, guest.get32(top - 12));
			assertEquals(0x104, guest.get32(top - 8));
			assertEquals(0x105, guest.get32(top - 4));
			assertEquals(0, guest.selector(Segment.ES));
			assertEquals(0, guest.selector(Segment.GS));
			assertFalse(cpu.segments[Segment.FS].present());
			guest.execute(0xCF); // iretd
			assertTrue(cpu.virtual8086());
			assertEquals(3, cpu.cpl);
			assertEquals(2, cpu.rip);
			assertEquals(0x1000, cpu.r[Cpu.RSP]);
			assertEquals(0x1050, cpu.segments[Segment.GS].base);
			assertEquals(0x8000, cpu.segments[Segment.CS].base);
			assertEquals(16, cpu.mode);
		}
	}

	@Test
	void virtual8086ModeNeedsIoPrivilegeForIntButNotForInt3() {
		try (Guest guest = Guest.virtual8086(0)) {
			guest.gate(3, Guest.CODE, HANDLER, INTERRUPT32, 3);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xCD, 0x03));
			guest.execute(0xCC);
			assertEquals(HANDLER, guest.cpu.rip);
		}
	}

	@Test
	void virtual8086ModeMayOnlyGoToPrivilegeZero() {
		try (Guest guest = Guest.virtual8086(3)) {
			guest.gate(0x30, Guest.CONFORMING, HANDLER, INTERRUPT32, 3);
			assertEquals(new Guest.Fault(13, Guest.CONFORMING), guest.fault(0xCD, 0x30));
		}
	}

	@Test
	void longModeAlwaysPushesTheStackAndAlignsIt() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.longGate(Vector.PF, Guest.CODE64, HANDLER, INTERRUPT32, 0, 0);
			cpu.r[Cpu.RSP] = Guest.STACK - 3;
			Interrupts.deliverFault(cpu, cpu.raise(Vector.PF, 2));
			long top = Guest.STACK - 16;
			assertEquals(top - 48, cpu.r[Cpu.RSP]);
			assertEquals(2, guest.get64(top - 48));
			assertEquals(Guest.CODE_AT, guest.get64(top - 40));
			assertEquals(Guest.CODE64, guest.get64(top - 32));
			assertEquals(Flag.RF | Flag.FIXED, guest.get64(top - 24));
			assertEquals(Guest.STACK - 3, guest.get64(top - 16));
			assertEquals(Guest.DATA, guest.get64(top - 8));
			assertEquals(Guest.DATA, guest.selector(Segment.SS));
		}
	}

	@Test
	void longModeFromUserTakesRsp0AndANullStackSegment() {
		try (Guest guest = Guest.longMode().asUser()) {
			Cpu cpu = guest.cpu;
			guest.put64(Guest.TSS + 4, Guest.KERNEL_STACK);
			guest.longGate(0x80, Guest.CODE64, HANDLER, TRAP32, 3, 0);
			cpu.setRflags(Flag.IF);
			guest.execute(0xCD, 0x80);
			assertEquals(0, cpu.cpl);
			assertEquals(0, guest.selector(Segment.SS));
			assertEquals(Guest.KERNEL_STACK - 40, cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT + 2, guest.get64(Guest.KERNEL_STACK - 40));
			assertEquals(Guest.USER_CODE64, guest.get64(Guest.KERNEL_STACK - 32));
			assertEquals(Guest.USER_DATA, guest.get64(Guest.KERNEL_STACK - 8));
			guest.execute(0x48, 0xCF); // iretq
			assertEquals(3, cpu.cpl);
			assertEquals(Guest.STACK, cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT + 2, cpu.rip);
			assertEquals(Flag.IF | Flag.FIXED, cpu.rflags());
		}
	}

	@Test
	void theInterruptStackTableIsUsedWithoutAChangeOfPrivilegeToo() {
		try (Guest guest = Guest.longMode()) {
			guest.put64(Guest.TSS + 0x24, Guest.IST1);
			guest.longGate(2, Guest.CODE64, HANDLER, INTERRUPT32, 0, 1);
			Interrupts.deliverNmi(guest.cpu);
			assertEquals((Guest.IST1 & ~15) - 40, guest.cpu.r[Cpu.RSP]);
			assertTrue(guest.cpu.nmiMasked);
			guest.execute(0x48, 0xCF);
			assertFalse(guest.cpu.nmiMasked);
			assertEquals(Guest.STACK, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void compatibilityModeIsInterruptedInto64BitMode() {
		try (Guest guest = Guest.longMode().asCompatibility()) {
			guest.longGate(0x30, Guest.CODE64, HANDLER, INTERRUPT32, 0, 0);
			Interrupts.deliverInterrupt(guest.cpu, 0x30);
			assertEquals(64, guest.cpu.mode);
			assertEquals(Guest.CODE, guest.get64(Guest.STACK - 32));
			guest.execute(0x48, 0xCF);
			assertEquals(32, guest.cpu.mode);
		}
	}

	@Test
	void aProgramMayNotCallAGateOfLowerDpl() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			guest.gate(0x30, Guest.CODE, HANDLER, INTERRUPT32, 0);
			assertEquals(new Guest.Fault(13, 0x30 * 8 + 2), guest.fault(0xCD, 0x30));
		}
	}

	@Test
	void int1PassesAGateOfAnyDplAndCountsAsExternal() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			assertEquals(new Guest.Fault(13, 8 + 3), guest.fault(0xF1));
			guest.gate(1, Guest.CODE, HANDLER, INTERRUPT32, 0);
			guest.execute(0xF1);
			assertEquals(HANDLER, guest.cpu.rip);
			assertEquals(Guest.CODE_AT + 1, guest.get32(Guest.KERNEL_STACK - 20));
		}
	}

	@Test
	void errorCodesTellTheTableAndWhetherTheEventCameFromOutside() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.idtLimit = 0x2F * 8 + 7;
			assertEquals(new Guest.Fault(13, 0x30 * 8 + 2), guest.fault(0xCD, 0x30));
			assertEquals(new Guest.Fault(13, 0x30 * 8 + 3), once(guest, 0x30));
			cpu.idtLimit = 0xFFF;
			guest.put64(Guest.IDT + 8 * 0x30, Guest.protectedGate(Guest.CODE, HANDLER, INTERRUPT32, 0) & ~(1L << 47));
			assertEquals(new Guest.Fault(11, 0x30 * 8 + 3), once(guest, 0x30));
			guest.gate(0x30, 0, HANDLER, INTERRUPT32, 0);
			assertEquals(new Guest.Fault(13, 1), once(guest, 0x30));
			guest.gate(0x30, Guest.DATA, HANDLER, INTERRUPT32, 0);
			assertEquals(new Guest.Fault(13, Guest.DATA + 1), once(guest, 0x30));
			guest.gate(0x30, Guest.BEYOND, HANDLER, INTERRUPT32, 0);
			assertEquals(new Guest.Fault(13, Guest.BEYOND), guest.fault(0xCD, 0x30));
			guest.gate(0x30, Guest.ABSENT_CODE, HANDLER, INTERRUPT32, 0);
			assertEquals(new Guest.Fault(11, Guest.ABSENT_CODE + 1), once(guest, 0x30));
		}
	}

	private static Guest.Fault once(Guest guest, int vector) {
		return guest.faultOf(() -> Interrupts.deliverOnce(guest.cpu, vector, EventType.EXTERNAL_INTERRUPT, 0, false));
	}

	@Test
	void aBadStackInTheTssIsAnInvalidTss() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			guest.gate(0x30, Guest.CODE, HANDLER, INTERRUPT32, 0);
			guest.put32(Guest.TSS + 8, 0);
			assertEquals(new Guest.Fault(Vector.TS, 1), once(guest, 0x30));
			guest.put32(Guest.TSS + 8, Guest.READ_ONLY);
			assertEquals(new Guest.Fault(Vector.TS, Guest.READ_ONLY + 1), once(guest, 0x30));
			guest.put32(Guest.TSS + 8, Guest.ABSENT);
			assertEquals(new Guest.Fault(Vector.SS, Guest.ABSENT + 1), once(guest, 0x30));
			guest.cpu.segments[Segment.TR].limit = 8;
			assertEquals(new Guest.Fault(Vector.TS, Guest.TASK + 1), once(guest, 0x30));
			assertEquals(3, guest.cpu.cpl);
		}
	}

	@Test
	void longModeRefuses32BitHandlersAndStacksThatAreNotCanonical() {
		try (Guest guest = Guest.longMode().asUser()) {
			guest.longGate(0x30, Guest.CODE, HANDLER, INTERRUPT32, 0, 0);
			assertEquals(new Guest.Fault(13, Guest.CODE + 1), once(guest, 0x30));
			guest.longGate(0x30, Guest.CODE64, 0x8000_0000_0000L, INTERRUPT32, 0, 0);
			assertEquals(new Guest.Fault(13, 1), once(guest, 0x30));
			guest.longGate(0x30, Guest.CODE64, HANDLER, INTERRUPT32, 0, 0);
			guest.put64(Guest.TSS + 4, 0x8000_0000_0000L);
			assertEquals(new Guest.Fault(Vector.SS, 1), once(guest, 0x30));
			guest.longGate(0x30, Guest.CODE64, HANDLER, INTERRUPT16, 0, 0);
			assertEquals(new Guest.Fault(13, 0x30 * 8 + 3), once(guest, 0x30));
		}
	}

	@Test
	void descriptorTablesMayLieInSupervisorPagesWhenUserCodeIsInterrupted() {
		try (Guest guest = Guest.longMode().asUser()) {
			guest.put64(Guest.TSS + 4, Guest.KERNEL_STACK);
			guest.longGate(0x30, Guest.CODE64, HANDLER, INTERRUPT32, 0, 0);
			for (int address = 0x1000; address < 0x6000; address += 0x1000) {
				guest.mapPage(address, 3);
			}
			Interrupts.deliverInterrupt(guest.cpu, 0x30);
			assertEquals(Guest.KERNEL_STACK - 40, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void intoTrapsOnlyWithOverflow() {
		try (Guest guest = Guest.protectedMode()) {
			guest.gate(4, Guest.CODE, HANDLER, INTERRUPT32, 0);
			guest.execute(0xCE);
			assertEquals(Guest.CODE_AT + 1, guest.cpu.rip);
			guest.cpu.setArithmeticFlags(Flag.OF);
			guest.execute(0xCE);
			assertEquals(HANDLER, guest.cpu.rip);
			assertEquals(Guest.CODE_AT + 2, guest.get32(Guest.STACK - 12));
		}
	}
}
