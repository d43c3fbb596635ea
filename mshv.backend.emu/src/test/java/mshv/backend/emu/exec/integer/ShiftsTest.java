package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShiftsTest {
	private final TestGuest guest = TestGuest.longMode();
	private final Cpu cpu = guest.cpu;

	@AfterEach
	void close() {
		guest.close();
	}

	@Test
	void countOfZeroKeepsTheFlagsButWritesTheRegister() {
		cpu.setArithmeticFlags(Flag.CF | Flag.OF | Flag.ZF);
		cpu.r[Cpu.RAX] = -1;
		cpu.r[Cpu.RCX] = 32;
		guest.run("d3 e0"); // shl eax,cl
		assertEquals(0xFFFFFFFFL, cpu.r[Cpu.RAX]);
		assertEquals(Flag.CF | Flag.OF | Flag.ZF, cpu.arithmeticFlags());
	}

	@Test
	void leftShiftByTheWidthLeavesTheLastBitInCarry() {
		cpu.r[Cpu.RAX] = 0x01;
		guest.run("c0 e0 08"); // shl al,8
		assertEquals(0, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		guest.run("c0 e0 09"); // shl al,9
		assertFalse(guest.flag(Flag.CF));
	}

	@Test
	void arithmeticShiftRepeatsTheSignBeyondTheWidth() {
		cpu.r[Cpu.RAX] = 0x80;
		guest.run("c0 f8 1f"); // sar al,31
		assertEquals(0xFF, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		assertTrue(guest.flag(Flag.SF));
	}

	@Test
	void rightShiftByOneTellsTheOldSign() {
		cpu.r[Cpu.RAX] = 0x8000_0000_0000_0001L;
		guest.run("48 d1 e8"); // shr rax,1
		assertEquals(0x4000_0000_0000_0000L, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		assertTrue(guest.flag(Flag.OF));
		assertFalse(guest.flag(Flag.SF));
	}

	@Test
	void doubleShiftsFillFromTheSource() {
		cpu.r[Cpu.RAX] = 0x1234_5678_9ABC_DEF0L;
		cpu.r[Cpu.RBX] = 0xFEDC_BA98_7654_3210L;
		guest.run("48 0f a4 d8 10"); // shld rax,rbx,16
		assertEquals(0x5678_9ABC_DEF0_FEDCL, cpu.r[Cpu.RAX]);
		cpu.r[Cpu.RCX] = 16;
		guest.run("48 0f ad d8"); // shrd rax,rbx,cl
		assertEquals(0x3210_5678_9ABC_DEF0L, cpu.r[Cpu.RAX]);
	}

	@Test
	void rotatesChangeOnlyCarryAndOverflow() {
		cpu.setArithmeticFlags(Flag.ZF | Flag.SF | Flag.PF | Flag.AF);
		cpu.r[Cpu.RAX] = 0x81;
		guest.run("d0 c0"); // rol al,1
		assertEquals(0x03, cpu.r[Cpu.RAX]);
		assertEquals(Flag.ZF | Flag.SF | Flag.PF | Flag.AF | Flag.CF | Flag.OF, cpu.arithmeticFlags());
	}

	@Test
	void rotateThroughCarryHasOneBitMore() {
		cpu.r[Cpu.RAX] = 0x80;
		cpu.setArithmeticFlags(0);
		guest.run("c0 d0 09"); // rcl al,9
		assertEquals(0x80, cpu.r[Cpu.RAX]);
		assertFalse(guest.flag(Flag.CF));
		guest.run("d0 d0"); // rcl al,1
		assertEquals(0, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		guest.run("d0 d8"); // rcr al,1
		assertEquals(0x80, cpu.r[Cpu.RAX]);
	}

	@Test
	void rotateThroughCarryBackAndForthRestoresEveryWidth() {
		String[] left = {"d2 d0", "66 d3 d0", "d3 d0", "48 d3 d0"};
		String[] right = {"d2 d8", "66 d3 d8", "d3 d8", "48 d3 d8"};
		for (int width = 0; width < 4; width++) {
			for (int count = 0; count < 64; count++) {
				long value = 0x9A5F_3C71_D20B_864EL >>> (width == 2 ? 32 : 0);
				cpu.r[Cpu.RAX] = value;
				cpu.r[Cpu.RCX] = count;
				cpu.setArithmeticFlags(Flag.CF);
				guest.run(left[width]);
				guest.run(right[width]);
				assertEquals(value, cpu.r[Cpu.RAX], "width " + width + " count " + count);
				assertTrue(guest.flag(Flag.CF), "width " + width + " count " + count);
			}
		}
	}
}
