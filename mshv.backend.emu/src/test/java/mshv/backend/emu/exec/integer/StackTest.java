package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.Test;

class StackTest {
	@Test
	void pushOfTheStackPointerStoresItsOldValue() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.run("54"); // push rsp
			assertEquals(0x7FF8, guest.cpu.r[Cpu.RSP]);
			assertEquals(0x8000, guest.read(0x7FF8, 8));
			guest.run("5c"); // pop rsp
			assertEquals(0x8000, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void pushOfAnImmediateIsSignExtended() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.run("6a 80"); // push -128
			assertEquals(-128, guest.read(0x7FF8, 8));
			guest.run("66 6a 80");
			assertEquals(0x7FF6, guest.cpu.r[Cpu.RSP]);
			assertEquals(0xFF80, guest.read(0x7FF6, 2));
		}
	}

	@Test
	void popToMemoryAddressesWithTheIncrementedPointer() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.write(0x8000, 8, 0x1234);
			guest.run("8f 44 24 10"); // pop qword [rsp+16]
			assertEquals(0x8008, guest.cpu.r[Cpu.RSP]);
			assertEquals(0x1234, guest.read(0x8018, 8));
		}
	}

	@Test
	void refusedPopToMemoryKeepsThePointer() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.r[Cpu.RBX] = TestGuest.BYTES;
			assertEquals(GuestFault.EXIT, guest.run("8f 03")); // pop qword [rbx]
			assertEquals(0x8000, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void pushAllAndPopAllRestoreEverythingButTheImageOfThePointer() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			for (int i = 0; i < 8; i++) {
				guest.cpu.r[i] = i == Cpu.RSP ? 0x8000 : 0x1111_1111L * i;
			}
			guest.run("60"); // pushad
			assertEquals(0x8000 - 32, guest.cpu.r[Cpu.RSP]);
			assertEquals(0x8000, guest.read(0x8000 - 20, 4));
			for (int i = 0; i < 8; i++) {
				if (i != Cpu.RSP) {
					guest.cpu.r[i] = 0;
				}
			}
			guest.write(0x8000 - 20, 4, 0xDEAD);
			guest.run("61"); // popad
			for (int i = 0; i < 8; i++) {
				assertEquals(i == Cpu.RSP ? 0x8000 : 0x1111_1111L * i, guest.cpu.r[i], "register " + i);
			}
		}
	}

	@Test
	void stackOf16BitsWrapsAndKeepsTheUpperHalfOfThePointer() {
		try (TestGuest guest = TestGuest.realMode()) {
			guest.cpu.r[Cpu.RSP] = 0x1234_0000L;
			guest.cpu.r[Cpu.RAX] = 0xBEEF;
			guest.run("50"); // push ax
			assertEquals(0x1234_FFFEL, guest.cpu.r[Cpu.RSP]);
			assertEquals(0xBEEF, guest.read(0xFFFE, 2));
		}
	}

	@Test
	void popOfFlagsAsUserKeepsInterruptFlagAndPrivilege() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.cpl = 3;
			guest.cpu.setRflags(Flag.IF | Flag.RF);
			guest.write(0x8000, 8, Flag.CF | Flag.DF | Flag.IOPL | Flag.AC | Flag.ID | Flag.VM | Flag.VIF | Flag.VIP | Flag.NT);
			guest.run("9d"); // popfq
			assertEquals(Flag.FIXED | Flag.CF | Flag.DF | Flag.IF | Flag.AC | Flag.ID | Flag.NT, guest.cpu.rflags());
		}
	}

	@Test
	void popOfFlagsAtPrivilegeZeroChangesInterruptFlagAndPrivilege() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.setRflags(Flag.ZF);
			guest.write(0x8000, 8, Flag.IF | Flag.IOPL);
			guest.run("9d"); // popfq
			assertEquals(Flag.FIXED | Flag.IF | Flag.IOPL, guest.cpu.rflags());
		}
	}

	@Test
	void popOf16FlagsKeepsTheUpperOnes() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			guest.cpu.setRflags(Flag.ID | Flag.AC);
			guest.write(0x8000, 2, Flag.CF | Flag.OF);
			guest.run("66 9d"); // popf
			assertEquals(Flag.FIXED | Flag.ID | Flag.AC | Flag.CF | Flag.OF, guest.cpu.rflags());
			assertEquals(0x8002, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void virtual8086NeedsPrivilegeThreeForItsFlags() {
		try (TestGuest guest = TestGuest.realMode()) {
			guest.cpu.cr0 |= Cpu.CR0_PE;
			guest.enterVirtual8086(2);
			assertEquals(Vector.GP, guest.run("9c")); // pushf
			assertEquals(Vector.GP, guest.run("9d")); // popf
			guest.enterVirtual8086(3);
			assertEquals(TestGuest.NO_FAULT, guest.run("66 9c")); // pushfd
			assertEquals(Flag.FIXED | Flag.IOPL, guest.read(0x7FFC, 4));
			guest.write(0x7FFC, 4, Flag.IF);
			assertEquals(TestGuest.NO_FAULT, guest.run("66 9d")); // popfd
			assertEquals(Flag.FIXED | Flag.IF | Flag.IOPL | Flag.VM, guest.cpu.rflags());
		}
	}

	@Test
	void enterBuildsNestedFramesThatLeaveReleases() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.r[Cpu.RBP] = 0x9000;
			guest.write(0x8FF8, 8, 0xAAAA);
			guest.run("c8 20 00 02"); // enter 32,2
			assertEquals(0x7FF8, guest.cpu.r[Cpu.RBP]);
			assertEquals(0x8000 - 24 - 32, guest.cpu.r[Cpu.RSP]);
			assertEquals(0x9000, guest.read(0x7FF8, 8));
			assertEquals(0xAAAA, guest.read(0x7FF0, 8));
			assertEquals(0x7FF8, guest.read(0x7FE8, 8));
			guest.run("c9"); // leave
			assertEquals(0x9000, guest.cpu.r[Cpu.RBP]);
			assertEquals(0x8000, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void refusedEnterChangesNoRegister() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.r[Cpu.RBP] = 0x9000;
			guest.cpu.r[Cpu.RSP] = 0x1010;
			guest.memory.setEntry(0, 0);
			assertEquals(GuestFault.EXIT, guest.run("c8 00 01 00")); // enter 256,0
			assertEquals(0x9000, guest.cpu.r[Cpu.RBP]);
			assertEquals(0x1010, guest.cpu.r[Cpu.RSP]);
		}
	}
}
