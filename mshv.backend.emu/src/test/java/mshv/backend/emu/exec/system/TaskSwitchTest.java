package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class TaskSwitchTest {
	private static final int ENTRY = 0x9000, NEW_STACK = 0x5000;
	private static final long BUSY = 1L << 41;

	/** In protected mode, with a second task that would run at {@link #ENTRY} at CPL 0. */
	private static Guest withSecondTask() {
		Guest guest = Guest.protectedMode();
		int tss = Guest.SECOND_TSS;
		guest.put32(tss + 0x20, ENTRY);
		guest.put32(tss + 0x24, Flag.FIXED | Flag.CF);
		for (int register = 0; register < 8; register++) {
			guest.put32(tss + 0x28 + 4 * register, register == Cpu.RSP ? NEW_STACK : 0x100 + register);
		}
		for (int register = 0; register < 6; register++) {
			guest.put32(tss + 0x48 + 4 * register, register == Segment.CS ? Guest.CODE : Guest.DATA);
		}
		return guest;
	}

	private static boolean busy(Guest guest, int selector) {
		return (guest.get64(Guest.GDT + selector) & BUSY) != 0;
	}

	@Test
	void aCallSavesTheOldTaskNestsTheNewOneAndIretReturns() {
		try (Guest guest = withSecondTask()) {
			Cpu cpu = guest.cpu;
			cpu.setRflags(Flag.IF | Flag.ZF);
			cpu.r[Cpu.RBX] = 0x1234;
			guest.execute(0x9A, 0, 0, 0, 0, Guest.SECOND_TASK, 0);
			assertEquals(ENTRY, cpu.rip);
			assertEquals(NEW_STACK, cpu.r[Cpu.RSP]);
			assertEquals(0x103, cpu.r[Cpu.RBX]);
			assertEquals(Guest.SECOND_TASK, guest.selector(Segment.TR));
			assertEquals(Flag.NT | Flag.CF | Flag.FIXED, cpu.rflags());
			assertEquals(Guest.TASK, guest.get16(Guest.SECOND_TSS));
			assertTrue((cpu.cr0 & Cpu.CR0_TS) != 0);
			assertEquals(Guest.CODE_AT + 7, guest.get32(Guest.TSS + 0x20));
			assertEquals(Flag.IF | Flag.ZF | Flag.FIXED, guest.get32(Guest.TSS + 0x24));
			assertEquals(0x1234, guest.get32(Guest.TSS + 0x28 + 4 * Cpu.RBX));
			assertEquals(Guest.STACK, guest.get32(Guest.TSS + 0x28 + 4 * Cpu.RSP));
			assertEquals(Guest.DATA, guest.get16(Guest.TSS + 0x48 + 4 * Segment.SS));
			assertTrue(busy(guest, Guest.TASK));
			assertTrue(busy(guest, Guest.SECOND_TASK));

			guest.execute(0xCF);
			assertEquals(Guest.CODE_AT + 7, cpu.rip);
			assertEquals(0x1234, cpu.r[Cpu.RBX]);
			assertEquals(Flag.IF | Flag.ZF | Flag.FIXED, cpu.rflags());
			assertEquals(Guest.TASK, guest.selector(Segment.TR));
			assertEquals(false, busy(guest, Guest.SECOND_TASK));
			assertEquals(ENTRY + 1, guest.get32(Guest.SECOND_TSS + 0x20));
			assertEquals(0, guest.get32(Guest.SECOND_TSS + 0x24) & Flag.NT);
		}
	}

	@Test
	void aJumpThroughATaskGateFreesTheOldTask() {
		try (Guest guest = withSecondTask()) {
			guest.execute(0xEA, 0, 0, 0, 0, Guest.TASK_GATE, 0);
			assertEquals(ENTRY, guest.cpu.rip);
			assertEquals(false, busy(guest, Guest.TASK));
			assertTrue(busy(guest, Guest.SECOND_TASK));
			assertEquals(Flag.CF | Flag.FIXED, guest.cpu.rflags());
			assertEquals(0, guest.get16(Guest.SECOND_TSS));
		}
	}

	@Test
	void anExceptionThroughATaskGatePushesItsErrorCodeOnTheNewStack() {
		try (Guest guest = withSecondTask()) {
			Cpu cpu = guest.cpu;
			guest.gate(Vector.GP, Guest.SECOND_TASK, 0, 5, 0);
			Interrupts.deliverFault(cpu, cpu.raise(Vector.GP, 0x58));
			assertEquals(ENTRY, cpu.rip);
			assertEquals(NEW_STACK - 4, cpu.r[Cpu.RSP]);
			assertEquals(0x58, guest.get32(NEW_STACK - 4));
			assertEquals(Guest.CODE_AT, guest.get32(Guest.TSS + 0x20));
			assertEquals(Flag.RF | Flag.FIXED, guest.get32(Guest.TSS + 0x24));
		}
	}

	@Test
	void aTaskMayRunInUserModeWithItsOwnLdtAndPageTables() {
		try (Guest guest = withSecondTask()) {
			Cpu cpu = guest.cpu;
			int tss = Guest.SECOND_TSS;
			guest.put32(0x20000, 0x21007);
			guest.put32(0x22000, 0x21007);
			for (int page = 0; page < 64; page++) {
				guest.put32(0x21000 + 4 * page, page << 12 | 7);
			}
			cpu.cr3 = 0x20000;
			cpu.cr0 |= Cpu.CR0_PG;
			cpu.contextChanged();
			guest.put32(tss + 0x1C, 0x22000);
			for (int register = 0; register < 6; register++) {
				guest.put32(tss + 0x48 + 4 * register, register == Segment.CS ? Guest.USER_CODE : Guest.USER_DATA);
			}
			guest.put32(tss + 0x60, Guest.LDT);
			guest.put64(Guest.LDT_TABLE + 8, 0x00CF_F200_0000_FFFFL);
			guest.put32(tss + 0x48, 0xF);
			guest.execute(0xEA, 0, 0, 0, 0, Guest.SECOND_TASK, 0);
			assertEquals(3, cpu.cpl);
			assertEquals(0x22000, cpu.cr3);
			assertEquals(0xF, guest.selector(Segment.ES));
			assertEquals(Guest.LDT_TABLE, cpu.segments[Segment.LDTR].base);
		}
	}

	@Test
	void aTaskMayBeInVirtual8086Mode() {
		try (Guest guest = withSecondTask()) {
			guest.put32(Guest.SECOND_TSS + 0x24, Flag.VM | Flag.FIXED);
			guest.put32(Guest.SECOND_TSS + 0x48 + 4 * Segment.CS, 0x900);
			guest.put32(Guest.SECOND_TSS + 0x20, 0x10);
			guest.execute(0xEA, 0, 0, 0, 0, Guest.SECOND_TASK, 0);
			assertEquals(3, guest.cpu.cpl);
			assertEquals(0x9000, guest.cpu.segments[Segment.CS].base);
			assertEquals(16, guest.cpu.mode);
			assertEquals(0x10, guest.cpu.rip);
		}
	}

	@Test
	void sixteenBitTasksSwitchToo() {
		try (Guest guest = withSecondTask()) {
			Cpu cpu = guest.cpu;
			int tss = Guest.SECOND_TSS;
			guest.put64(Guest.GDT + Guest.SECOND_TASK, 0x0000_8100_3800_002BL);
			guest.put16(tss + 0x0E, ENTRY);
			guest.put16(tss + 0x10, Flag.FIXED);
			guest.put16(tss + 0x12 + 2 * Cpu.RSP, NEW_STACK);
			guest.put16(tss + 0x12 + 2 * Cpu.RDI, 0x7777);
			for (int register = 0; register < 4; register++) {
				guest.put16(tss + 0x22 + 2 * register, register == Segment.CS ? Guest.CODE16 : Guest.DATA16);
			}
			guest.put16(tss + 0x2A, 0);
			guest.execute(0x9A, 0, 0, 0, 0, Guest.SECOND_TASK, 0);
			assertEquals(ENTRY, cpu.rip);
			assertEquals(16, cpu.mode);
			assertEquals(0x7777, cpu.r[Cpu.RDI]);
			assertEquals(0, guest.selector(Segment.FS));
			cpu.r[Cpu.RDI] = 0x8888;
			guest.execute(0x66, 0xCF);
			assertEquals(32, cpu.mode);
			assertEquals(0x8888, guest.get16(tss + 0x12 + 2 * Cpu.RDI));
			assertEquals(Guest.CODE_AT + 7, cpu.rip);
		}
	}

	@Test
	void aBadTssIsAFaultOfTheOldTask() {
		try (Guest guest = withSecondTask()) {
			guest.put64(Guest.GDT + Guest.SECOND_TASK, 0x0000_8900_3800_0066L);
			assertEquals(new Guest.Fault(Vector.TS, Guest.SECOND_TASK), jump(guest));
			guest.put64(Guest.GDT + Guest.SECOND_TASK, 0x0000_0900_3800_0067L);
			assertEquals(new Guest.Fault(Vector.NP, Guest.SECOND_TASK), jump(guest));
			guest.put64(Guest.GDT + Guest.SECOND_TASK, 0x0000_8B00_3800_0067L);
			assertEquals(new Guest.Fault(Vector.GP, Guest.SECOND_TASK), jump(guest));
			assertEquals(Guest.CODE_AT, guest.cpu.rip);
			guest.cpu.systemFlags |= Flag.NT;
			guest.put16(Guest.TSS, Guest.DATA);
			assertEquals(new Guest.Fault(Vector.TS, Guest.DATA), guest.fault(0xCF));
			guest.asUser();
			guest.put64(Guest.GDT + Guest.SECOND_TASK, 0x0000_8900_3800_0067L);
			assertEquals(new Guest.Fault(Vector.GP, Guest.SECOND_TASK), jump(guest));
		}
	}

	private static Guest.Fault jump(Guest guest) {
		return guest.fault(0xEA, 0, 0, 0, 0, Guest.SECOND_TASK, 0);
	}

	@Test
	void aBadSegmentIsAFaultOfTheNewTask() {
		try (Guest guest = withSecondTask()) {
			guest.put32(Guest.SECOND_TSS + 0x48 + 4 * Segment.SS, Guest.READ_ONLY);
			assertEquals(new Guest.Fault(Vector.TS, Guest.READ_ONLY), jump(guest));
			assertEquals(ENTRY, guest.cpu.rip);
			assertEquals(Guest.SECOND_TASK, guest.selector(Segment.TR));
		}
		try (Guest guest = withSecondTask()) {
			guest.put32(Guest.SECOND_TSS + 0x48 + 4 * Segment.CS, Guest.ABSENT_CODE);
			assertEquals(new Guest.Fault(Vector.NP, Guest.ABSENT_CODE), jump(guest));
		}
		try (Guest guest = withSecondTask()) {
			guest.put32(Guest.SECOND_TSS + 0x60, Guest.DATA);
			assertEquals(new Guest.Fault(Vector.TS, Guest.DATA), jump(guest));
		}
	}

	@Test
	void theTrapBitAsksForADebugException() {
		try (Guest guest = withSecondTask()) {
			Cpu cpu = guest.cpu;
			cpu.dr[7] = 0x555;
			guest.put16(Guest.SECOND_TSS + 0x64, 1);
			guest.execute(0xEA, 0, 0, 0, 0, Guest.SECOND_TASK, 0);
			assertEquals(1 << 15, Debug.afterInstruction(cpu, guest.instruction, 0));
			assertEquals(0x400, cpu.dr[7]);
		}
	}
}
