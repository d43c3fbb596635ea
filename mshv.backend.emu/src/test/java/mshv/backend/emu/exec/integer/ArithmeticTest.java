package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArithmeticTest {
	private final TestGuest guest = TestGuest.longMode();
	private final Cpu cpu = guest.cpu;

	@AfterEach
	void close() {
		guest.close();
	}

	@Test
	void addSetsTheFlagsOfItsWidth() {
		cpu.r[Cpu.RAX] = 0x1122_3344_5566_777FL;
		guest.run("04 01"); // add al,1
		assertEquals(0x1122_3344_5566_7780L, cpu.r[Cpu.RAX]);
		assertEquals(Flag.OF | Flag.SF | Flag.AF, cpu.arithmeticFlags());
	}

	@Test
	void addOf32BitsClearsTheUpperHalf() {
		cpu.r[Cpu.RAX] = -1;
		guest.run("83 c0 01"); // add eax,1
		assertEquals(0, cpu.r[Cpu.RAX]);
		assertEquals(Flag.CF | Flag.PF | Flag.AF | Flag.ZF, cpu.arithmeticFlags());
	}

	@Test
	void addWithCarryChainsOverWords() {
		cpu.r[Cpu.RAX] = -1;
		cpu.r[Cpu.RDX] = 5;
		guest.run("48 83 c0 01"); // add rax,1
		guest.run("48 83 d2 00"); // adc rdx,0
		assertEquals(6, cpu.r[Cpu.RDX]);
		assertFalse(guest.flag(Flag.CF));
	}

	@Test
	void subtractWithBorrowOfAllOnesKeepsTheBorrow() {
		guest.run("f9"); // stc
		guest.run("48 83 d8 ff"); // sbb rax,-1
		assertEquals(0, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		assertTrue(guest.flag(Flag.ZF));
	}

	@Test
	void incrementKeepsCarry() {
		guest.run("f9"); // stc
		cpu.r[Cpu.RCX] = 0x7FFF;
		guest.run("66 ff c1"); // inc cx
		assertEquals(0x8000, cpu.r[Cpu.RCX]);
		assertEquals(Flag.CF | Flag.OF | Flag.SF | Flag.PF | Flag.AF, cpu.arithmeticFlags());
	}

	@Test
	void compareWithMemoryWritesNothing() {
		guest.memory.setEntry(2, guest.memory.entry(2) & ~2L);
		guest.write(0x2000, 4, 7);
		cpu.r[Cpu.RBX] = 0x2000;
		assertEquals(TestGuest.NO_FAULT, guest.run("83 3b 08")); // cmp dword [rbx],8
		assertTrue(guest.flag(Flag.CF));
	}

	@Test
	void refusedStoreLeavesFlagsAndMemoryAlone() {
		guest.memory.setEntry(2, guest.memory.entry(2) & ~2L);
		guest.write(0x2000, 4, 7);
		cpu.r[Cpu.RBX] = 0x2000;
		cpu.setArithmeticFlags(Flag.CF);
		assertEquals(GuestFault.EXIT, guest.run("83 03 08")); // add dword [rbx],8
		assertEquals(7, guest.read(0x2000, 4));
		assertEquals(Flag.CF, cpu.arithmeticFlags());
	}

	@Test
	void memoryOperandMayCrossAPage() {
		guest.write(0x1FFD, 8, 0x00FF_FFFF_FFFF_FFFFL);
		cpu.r[Cpu.RBX] = 0x1FFD;
		guest.run("48 ff 03"); // inc qword [rbx]
		assertEquals(0x0100_0000_0000_0000L, guest.read(0x1FFD, 8));
	}

	@Test
	void negateOfZeroClearsCarry() {
		guest.run("f9"); // stc
		guest.run("48 f7 d8"); // neg rax
		assertFalse(guest.flag(Flag.CF));
		cpu.r[Cpu.RAX] = Long.MIN_VALUE;
		guest.run("48 f7 d8"); // neg rax
		assertEquals(Long.MIN_VALUE, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		assertTrue(guest.flag(Flag.OF));
	}
}
