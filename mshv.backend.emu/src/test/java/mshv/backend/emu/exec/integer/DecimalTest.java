package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DecimalTest {
	private final TestGuest guest = TestGuest.protectedMode();
	private final Cpu cpu = guest.cpu;

	@AfterEach
	void close() {
		guest.close();
	}

	private static int packed(int number) {
		return number / 10 << 4 | number % 10;
	}

	@Test
	void additionAndSubtractionOfAllPackedPairsAdjust() {
		for (int a = 0; a < 100; a++) {
			for (int b = 0; b < 100; b++) {
				cpu.r[Cpu.RAX] = packed(a);
				cpu.r[Cpu.RBX] = packed(b);
				guest.run("00 d8"); // add al,bl
				guest.run("27"); // daa
				assertEquals(packed((a + b) % 100), cpu.r[Cpu.RAX], a + "+" + b);
				assertEquals(a + b > 99, guest.flag(Flag.CF), a + "+" + b);
				cpu.r[Cpu.RAX] = packed(a);
				guest.run("28 d8"); // sub al,bl
				guest.run("2f"); // das
				assertEquals(packed((a - b + 100) % 100), cpu.r[Cpu.RAX], a + "-" + b);
				assertEquals(a < b, guest.flag(Flag.CF), a + "-" + b);
			}
		}
	}

	@Test
	void digitsCarryIntoTheUpperByte() {
		cpu.r[Cpu.RAX] = 0x0108;
		guest.run("04 05"); // add al,5
		guest.run("37"); // aaa
		assertEquals(0x0203, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.CF));
		guest.run("2c 04"); // sub al,4
		guest.run("3f"); // aas
		assertEquals(0x0109, cpu.r[Cpu.RAX]);
		assertTrue(guest.flag(Flag.AF));
	}

	@Test
	void productsAreSplitAndJoined() {
		cpu.r[Cpu.RAX] = 63;
		guest.run("d4 0a"); // aam
		assertEquals(0x0603, cpu.r[Cpu.RAX]);
		guest.run("d5 0a"); // aad
		assertEquals(63, cpu.r[Cpu.RAX]);
		assertEquals(Vector.DE, guest.run("d4 00"));
		assertEquals(63, cpu.r[Cpu.RAX]);
	}
}
