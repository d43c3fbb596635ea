package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.Test;

class ControlTransferTest {
	@Test
	void callPushesTheReturnAddressAndReturnReleasesArguments() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.run("e8 00 10 00 00"); // call +0x1000
			assertEquals(TestGuest.START + 5 + 0x1000, guest.cpu.rip);
			assertEquals(TestGuest.START + 5, guest.read(0x7FF8, 8));
			guest.run("c2 10 00"); // ret 16
			assertEquals(TestGuest.START + 5, guest.cpu.rip);
			assertEquals(0x8010, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void targetThatIsNotCanonicalIsRefusedBeforeAnythingChanges() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.r[Cpu.RAX] = 0x8000_0000_0000L;
			guest.write(0x8000, 8, 0x8000_0000_0000L);
			assertEquals(Vector.GP, guest.run("ff e0")); // jmp rax
			assertEquals(Vector.GP, guest.run("ff d0")); // call rax
			assertEquals(Vector.GP, guest.run("c3")); // ret
			assertEquals(0x8000, guest.cpu.r[Cpu.RSP]);
			assertEquals(0, guest.read(0x7FF8, 8));
			assertEquals(TestGuest.START, guest.cpu.rip);
		}
	}

	@Test
	void targetBeyondTheCodeSegmentIsRefused() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			guest.cpu.segments[Segment.CS].limit = 0xFFF;
			guest.cpu.r[Cpu.RCX] = 1;
			assertEquals(TestGuest.NO_FAULT, guest.run("e9 fa 0e 00 00")); // jmp 0xfff
			assertEquals(0xFFF, guest.cpu.rip);
			assertEquals(Vector.GP, guest.run("e9 fb 0e 00 00")); // jmp 0x1000
			guest.cpu.setArithmeticFlags(Flag.ZF);
			assertEquals(Vector.GP, guest.run("0f 84 fa 0f 00 00")); // je 0x1100
			assertEquals(TestGuest.NO_FAULT, guest.run("0f 85 fa 0f 00 00")); // jne 0x1100
			guest.cpu.segments[Segment.CS].limit = TestGuest.START;
			guest.cpu.r[Cpu.RCX] = 2;
			assertEquals(Vector.GP, guest.run("e2 7e")); // loop
			assertEquals(2, guest.cpu.r[Cpu.RCX]);
		}
	}

	@Test
	void loopCountsInTheRegisterOfTheAddressSize() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.r[Cpu.RCX] = 0x5_0000_0001L;
			guest.run("67 e2 10"); // loop with ecx
			assertEquals(0, guest.cpu.r[Cpu.RCX]);
			assertEquals(TestGuest.START + 3, guest.cpu.rip);
			guest.run("e2 10"); // loop with rcx
			assertEquals(-1, guest.cpu.r[Cpu.RCX]);
			assertEquals(TestGuest.START + 0x12, guest.cpu.rip);
			guest.cpu.r[Cpu.RCX] = 1L << 32;
			guest.run("67 e3 10"); // jecxz
			assertEquals(TestGuest.START + 0x13, guest.cpu.rip);
		}
	}

	@Test
	void loopOnConditionEndsWithIt() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.cpu.r[Cpu.RCX] = 5;
			guest.cpu.setArithmeticFlags(Flag.ZF);
			guest.run("e0 10"); // loopne
			assertEquals(4, guest.cpu.r[Cpu.RCX]);
			assertEquals(TestGuest.START + 2, guest.cpu.rip);
			guest.run("e1 10"); // loope
			assertEquals(TestGuest.START + 0x12, guest.cpu.rip);
		}
	}

	@Test
	void boundsAreInclusiveAndSigned() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			guest.write(0x2000, 4, -5);
			guest.write(0x2004, 4, 10);
			guest.cpu.r[Cpu.RBX] = 0x2000;
			long[] inside = {0xFFFF_FFFBL, 0, 10};
			long[] outside = {0xFFFF_FFFAL, 11, 0x8000_0000L};
			for (long index : inside) {
				guest.cpu.r[Cpu.RAX] = index;
				assertEquals(TestGuest.NO_FAULT, guest.run("62 03"), "index " + index); // bound eax,[ebx]
			}
			for (long index : outside) {
				guest.cpu.r[Cpu.RAX] = index;
				assertEquals(Vector.BR, guest.run("62 03"), "index " + index);
			}
		}
	}

	@Test
	void branchWith16BitOperandsWraps() {
		try (TestGuest guest = TestGuest.realMode()) {
			guest.run("eb 80"); // jmp -126
			assertEquals(0x82, guest.cpu.rip);
			guest.run("e9 00 80"); // jmp, wraps
			assertEquals(0x8103, guest.cpu.rip);
			guest.cpu.r[Cpu.RAX] = 0x5_1234L;
			guest.run("ff e0"); // jmp ax
			assertEquals(0x1234, guest.cpu.rip);
		}
	}
}
