package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class FastCallTest {
	@Test
	void syscallSavesRipAndFlagsAndSysretBringsThemBack() {
		try (Guest guest = Guest.longMode().asUser()) {
			Cpu cpu = guest.cpu;
			cpu.star = 0x0023_0010L << 32;
			cpu.lstar = 0xFFFF_8000_0000_1000L;
			cpu.sfmask = Flag.IF | Flag.TF | Flag.AC;
			cpu.setRflags(Flag.IF | Flag.AC | Flag.ZF);
			guest.execute(0x0F, 0x05);
			assertEquals(0, cpu.cpl);
			assertEquals(64, cpu.mode);
			assertEquals(0x10, guest.selector(Segment.CS));
			assertEquals(0x18, guest.selector(Segment.SS));
			assertEquals(0xC093, cpu.segments[Segment.SS].attributes);
			assertEquals(cpu.lstar, cpu.rip);
			assertEquals(Guest.CODE_AT + 2, cpu.r[Cpu.RCX]);
			assertEquals(Flag.IF | Flag.AC | Flag.ZF | Flag.FIXED, cpu.r[11]);
			assertEquals(Flag.ZF | Flag.FIXED, cpu.rflags());
			guest.execute(0x48, 0x0F, 0x07);
			assertEquals(3, cpu.cpl);
			assertEquals(0x33, guest.selector(Segment.CS));
			assertEquals(0x2B, guest.selector(Segment.SS));
			assertEquals(Guest.CODE_AT + 2, cpu.rip);
			assertEquals(Flag.IF | Flag.AC | Flag.ZF | Flag.FIXED, cpu.rflags());
		}
	}

	@Test
	void sysretWithoutRexWGoesToCompatibilityMode() {
		try (Guest guest = Guest.longMode()) {
			guest.cpu.star = 0x0023L << 48;
			guest.cpu.r[Cpu.RCX] = 0x1_0000_2000L;
			guest.cpu.r[11] = -1;
			guest.execute(0x0F, 0x07);
			assertEquals(32, guest.cpu.mode);
			assertEquals(0x2000, guest.cpu.rip);
			assertEquals(0x23, guest.selector(Segment.CS));
			assertEquals(0x3C7FD7, guest.cpu.rflags());
		}
	}

	@Test
	void sysretToAnAddressThatIsNotCanonicalFaultsAtPrivilegeZero() {
		try (Guest guest = Guest.longMode()) {
			guest.cpu.r[Cpu.RCX] = 0x8000_0000_0000L;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x48, 0x0F, 0x07));
			assertEquals(0, guest.cpu.cpl);
			guest.asUser();
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x48, 0x0F, 0x07));
		}
	}

	@Test
	void syscallIsUndefinedOutside64BitModeAndWithoutSce() {
		try (Guest guest = Guest.longMode()) {
			guest.cpu.efer &= ~Cpu.EFER_SCE;
			assertEquals(Vector.UD, guest.fault(0x0F, 0x05).vector());
			assertEquals(Vector.UD, guest.fault(0x0F, 0x07).vector());
			guest.cpu.efer |= Cpu.EFER_SCE;
			guest.asCompatibility();
			assertEquals(Vector.UD, guest.fault(0x0F, 0x05).vector());
		}
	}

	@Test
	void sysenterAndSysexitUseTheirMsrs() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x34));
			cpu.sysenterCs = 0x1008;
			cpu.sysenterEsp = 0x5000;
			cpu.sysenterEip = 0x9000;
			cpu.setRflags(Flag.IF | Flag.CF);
			guest.execute(0x0F, 0x34);
			assertEquals(0, cpu.cpl);
			assertEquals(0x1008, guest.selector(Segment.CS));
			assertEquals(0x1010, guest.selector(Segment.SS));
			assertEquals(0x5000, cpu.r[Cpu.RSP]);
			assertEquals(0x9000, cpu.rip);
			assertEquals(Flag.CF | Flag.FIXED, cpu.rflags());
			cpu.r[Cpu.RCX] = 0x6000;
			cpu.r[Cpu.RDX] = 0xA000;
			guest.execute(0x0F, 0x35);
			assertEquals(3, cpu.cpl);
			assertEquals(0x101B, guest.selector(Segment.CS));
			assertEquals(0x1023, guest.selector(Segment.SS));
			assertEquals(0x6000, cpu.r[Cpu.RSP]);
			assertEquals(0xA000, cpu.rip);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x35));
		}
	}

	@Test
	void sysexitTo64BitModeSkipsFourSelectors() {
		try (Guest guest = Guest.longMode()) {
			guest.cpu.sysenterCs = 0x10;
			guest.cpu.r[Cpu.RCX] = 0x6000;
			guest.cpu.r[Cpu.RDX] = 0x7FFF_FFFF_F000L;
			guest.execute(0x48, 0x0F, 0x35);
			assertEquals(0x33, guest.selector(Segment.CS));
			assertEquals(0x3B, guest.selector(Segment.SS));
			assertEquals(64, guest.cpu.mode);
			assertEquals(0x7FFF_FFFF_F000L, guest.cpu.rip);
		}
	}
}
