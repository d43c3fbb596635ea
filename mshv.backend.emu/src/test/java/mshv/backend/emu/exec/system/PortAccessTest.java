package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Flag;

class PortAccessTest {
	@Test
	void outLeavesWithRipAtTheInstruction() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.execute(0xE6, 0x80);
			assertEquals(Exit.Kind.IO_PORT, cpu.exit.kind);
			assertEquals(0x80, cpu.exit.port);
			assertEquals(1, cpu.exit.size);
			assertTrue(cpu.exit.write);
			assertFalse(cpu.exit.string);
			assertEquals(2, cpu.exit.instructionLength);
			assertEquals(Guest.CODE_AT, cpu.rip);
		}
	}

	@Test
	void inTakesThePortFromDxAndTheSizeFromTheOperand() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RDX] = 0x103F8;
			guest.execute(0xED);
			assertEquals(0x3F8, cpu.exit.port);
			assertEquals(4, cpu.exit.size);
			assertFalse(cpu.exit.write);
			guest.execute(0x66, 0xED);
			assertEquals(2, cpu.exit.size);
		}
	}

	@Test
	void stringsLeaveWithTheirRepeatPrefix() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RDX] = 0x1F0;
			cpu.r[Cpu.RCX] = 4;
			cpu.r[Cpu.RDI] = 0x600;
			guest.execute(0xF3, 0x66, 0x6D); // rep insw
			assertTrue(cpu.exit.string);
			assertTrue(cpu.exit.repeat);
			assertEquals(2, cpu.exit.size);
			guest.execute(0x6E); // outsb
			assertFalse(cpu.exit.repeat);
			assertTrue(cpu.exit.write);
		}
	}

	@Test
	void aStringWithACountOfZeroDoesNothing() {
		try (Guest guest = Guest.protectedMode()) {
			guest.cpu.r[Cpu.RCX] = 0;
			guest.execute(0xF3, 0x6C);
			assertEquals(Exit.Kind.NONE, guest.cpu.exit.kind);
			assertEquals(Guest.CODE_AT + 2, guest.cpu.rip);
		}
	}

	@Test
	void aStringWhoseIterationsAreAllDoneEndsTheResumeFlag() {
		try (Guest guest = Guest.protectedMode()) {
			guest.cpu.r[Cpu.RCX] = 0;
			guest.cpu.systemFlags |= Flag.RF;
			guest.execute(0xF3, 0x6E);
			assertEquals(0, guest.cpu.systemFlags & Flag.RF);
		}
	}

	@Test
	void aMisalignedElementFaultsBeforeThePortIsAccessed() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			cpu.systemFlags |= 0x3000 | Flag.AC;
			cpu.cr0 |= Cpu.CR0_AM;
			cpu.r[Cpu.RSI] = 0x601;
			assertEquals(new Guest.Fault(17, 0), guest.fault(0x66, 0x6F));
			assertEquals(Exit.Kind.NONE, cpu.exit.kind);
			guest.execute(0x6E);
			assertEquals(Exit.Kind.IO_PORT, cpu.exit.kind);
		}
	}

	@Test
	void aStringElementOutsideItsSegmentFaults() {
		try (Guest guest = Guest.protectedMode()) {
			guest.loadSegment(Segment.ES, Guest.READ_ONLY);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x6C));
			assertEquals(Exit.Kind.NONE, guest.cpu.exit.kind);
		}
	}

	@Test
	void theBitmapDecidesBelowTheIoPrivilegeLevel() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			guest.put16(Guest.TSS + 102, 0x68);
			for (int n = 0; n < 16; n++) {
				guest.put8(Guest.TSS + 0x68 + n, 0xFF);
			}
			guest.put8(Guest.TSS + 0x68 + 8, 0x7F);
			guest.put8(Guest.TSS + 0x68 + 9, 0xFE);
			guest.execute(0xE4, 0x47);
			assertEquals(0x47, cpu.exit.port);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xE4, 0x46));
			guest.execute(0x66, 0xE5, 0x47);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xE5, 0x47));
			cpu.segments[Segment.TR].limit = 0x68 + 8;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xE4, 0x47));
			cpu.systemFlags |= 0x3000;
			guest.execute(0xE4, 0x46);
			assertEquals(0x46, cpu.exit.port);
		}
	}

	@Test
	void virtual8086ModeAlwaysAsksTheBitmap() {
		try (Guest guest = Guest.virtual8086(3)) {
			guest.put16(Guest.TSS + 102, 0x68);
			guest.put8(Guest.TSS + 0x68, 0xFE);
			guest.execute(0xE4, 0);
			assertEquals(0, guest.cpu.exit.port);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xE4, 1));
		}
	}
}
