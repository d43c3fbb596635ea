package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BitOperationsTest {
	private final TestGuest guest = TestGuest.longMode();
	private final Cpu cpu = guest.cpu;

	@AfterEach
	void close() {
		guest.close();
	}

	@Test
	void bitOffsetInARegisterReachesBeyondTheOperandBothWays() {
		cpu.r[Cpu.RBX] = 0x2000;
		cpu.r[Cpu.RAX] = 1000;
		guest.run("48 0f ab 03"); // bts [rbx],rax
		assertEquals(1 << 1000 % 8, guest.read(0x2000 + 1000 / 8, 1));
		cpu.r[Cpu.RAX] = -1;
		guest.run("48 0f ab 03");
		assertEquals(0x80, guest.read(0x1FFF, 1));
		assertFalse(guest.flag(Flag.CF));
		guest.run("48 0f a3 03"); // bt [rbx],rax
		assertTrue(guest.flag(Flag.CF));
	}

	@Test
	void bitOffsetInAnImmediateIsCutToTheOperand() {
		cpu.r[Cpu.RBX] = 0x2000;
		guest.run("0f ba 2b 21"); // bts dword [rbx],33
		assertEquals(2, guest.read(0x2000, 8));
	}

	@Test
	void bitTestsChangeOnlyCarry() {
		cpu.setArithmeticFlags(Flag.ZF | Flag.OF);
		cpu.r[Cpu.RAX] = 5;
		guest.run("0f ba f8 02"); // btc eax,2
		assertEquals(1, cpu.r[Cpu.RAX]);
		assertEquals(Flag.ZF | Flag.OF | Flag.CF, cpu.arithmeticFlags());
		guest.run("0f ba f0 00"); // btr eax,0
		assertEquals(0, cpu.r[Cpu.RAX]);
		guest.run("0f ba f0 00");
		assertFalse(guest.flag(Flag.CF));
	}

	@Test
	void scanOfZeroLeavesTheDestinationAlone() {
		cpu.r[Cpu.RAX] = -5;
		guest.run("0f bc c3"); // bsf eax,ebx
		assertEquals(-5, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.ZF));
		cpu.r[Cpu.RBX] = 0x0050_0000;
		guest.run("0f bc c3");
		assertEquals(20, cpu.r[Cpu.RAX]);
		assertFalse(guest.flag(Flag.ZF));
		guest.run("0f bd c3"); // bsr eax,ebx
		assertEquals(22, cpu.r[Cpu.RAX]);
	}
}
