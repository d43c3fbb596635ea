package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;

class ModeSwitchTest {
	@Test
	void aBootLoaderGoesFromRealThroughProtectedToLongModeAndBack() {
		Guest longGuest = Guest.longMode();
		try (longGuest; Guest guest = Guest.real()) {
			Cpu cpu = guest.cpu;
			copyPageTables(longGuest, guest);
			guest.put16(0x500, 0xFF);
			guest.put32(0x502, Guest.GDT);
			cpu.r[Cpu.RBX] = 0x500;
			guest.execute(0x0F, 0x01, 0x17); // lgdt [bx]
			assertEquals(Guest.GDT, cpu.gdtBase);
			cpu.r[Cpu.RAX] = cpu.cr0 & ~(Cpu.CR0_CD | Cpu.CR0_NW) | 1;
			guest.execute(0x0F, 0x22, 0xC0); // mov cr0, eax
			assertTrue(cpu.protectedMode());
			assertEquals(16, cpu.mode);
			guest.execute(0x66, 0xEA, 0x00, 0x90, 0, 0, Guest.CODE, 0); // jmp far 8:9000
			assertEquals(32, cpu.mode);
			assertEquals(0x9000, cpu.rip);
			cpu.r[Cpu.RAX] = Guest.DATA;
			guest.execute(0x8E, 0xD0); // mov ss, ax
			assertEquals(0xFFFFFFFFL, cpu.segments[Segment.SS].limit);
			assertTrue(cpu.interruptShadow());
			cpu.r[Cpu.RAX] = Guest.SECOND_TASK;
			guest.execute(0x0F, 0x00, 0xD8); // ltr ax
			cpu.r[Cpu.RAX] = Cpu.CR4_PAE;
			guest.execute(0x0F, 0x22, 0xE0); // mov cr4, eax
			cpu.r[Cpu.RAX] = Guest.PAGE_TABLES;
			guest.execute(0x0F, 0x22, 0xD8); // mov cr3, eax
			cpu.r[Cpu.RCX] = 0xC0000080L;
			cpu.r[Cpu.RAX] = Cpu.EFER_LME;
			cpu.r[Cpu.RDX] = 0;
			guest.execute(0x0F, 0x30); // wrmsr
			cpu.r[Cpu.RAX] = cpu.cr0 | Cpu.CR0_PG;
			guest.execute(0x0F, 0x22, 0xC0); // mov cr0, eax
			assertTrue(cpu.longModeActive());
			assertEquals(32, cpu.mode);
			guest.execute(0xEA, 0x00, 0xA0, 0, 0, Guest.CODE64, 0); // jmp far 38:a000
			assertEquals(64, cpu.mode);
			assertEquals(0xA000, cpu.rip);

			assertEquals(new Guest.Fault(13, 0), faultOfLeavingPaging(guest));
			guest.put32(0x600, 0xB000);
			guest.put16(0x604, Guest.CODE);
			cpu.r[Cpu.RBX] = 0x600;
			guest.execute(0xFF, 0x2B); // jmp far [rbx]
			assertEquals(32, cpu.mode);
			assertEquals(0xB000, cpu.rip);
			cpu.r[Cpu.RAX] = cpu.cr0 & ~Cpu.CR0_PG;
			guest.execute(0x0F, 0x22, 0xC0);
			assertEquals(false, cpu.longModeActive());
		}
	}

	private static Guest.Fault faultOfLeavingPaging(Guest guest) {
		guest.cpu.r[Cpu.RAX] = guest.cpu.cr0 & ~Cpu.CR0_PG;
		return guest.fault(0x0F, 0x22, 0xC0);
	}

	private static void copyPageTables(Guest from, Guest to) {
		for (int offset = 0; offset < 0x4000; offset += 8) {
			to.put64(Guest.PAGE_TABLES + offset, from.get64(Guest.PAGE_TABLES + offset));
		}
	}

	@Test
	void longModeNeedsPaeAndA32BitTaskAndNo64BitCode() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.efer = Cpu.EFER_LME;
			cpu.r[Cpu.RAX] = cpu.cr0 | Cpu.CR0_PG;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x22, 0xC0));
			cpu.cr4 = Cpu.CR4_PAE;
			cpu.segments[Segment.TR].attributes = 0x83;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x22, 0xC0));
			cpu.segments[Segment.TR].attributes = 0x8B;
			cpu.segments[Segment.CS].attributes |= Segment.LONG;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x22, 0xC0));
			cpu.segments[Segment.CS].attributes &= ~Segment.LONG;
			guest.execute(0x0F, 0x22, 0xC0);
			assertTrue(cpu.longModeActive());
		}
	}

	@Test
	void realModeKeepsTheLimitThatProtectedModeLoaded() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RAX] = cpu.cr0 & ~1L;
			guest.execute(0x0F, 0x22, 0xC0);
			cpu.r[Cpu.RAX] = 0x1234;
			guest.execute(0x8E, 0xD8); // mov ds, ax
			assertEquals(0x12340, cpu.segments[Segment.DS].base);
			assertEquals(0xFFFFFFFFL, cpu.segments[Segment.DS].limit);
		}
	}
}
