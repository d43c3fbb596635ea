package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DataMovementTest {
	private final TestGuest guest = TestGuest.longMode();
	private final Cpu cpu = guest.cpu;

	@AfterEach
	void close() {
		guest.close();
	}

	@Test
	void narrowMovesKeepTheRestOfTheRegister() {
		cpu.r[Cpu.RAX] = 0x1111_2222_3333_4444L;
		guest.run("b4 ab"); // mov ah,0xab
		assertEquals(0x1111_2222_3333_AB44L, cpu.r[Cpu.RAX]);
		guest.run("66 b8 cd ef"); // mov ax,0xefcd
		assertEquals(0x1111_2222_3333_EFCDL, cpu.r[Cpu.RAX]);
		guest.run("b8 01 00 00 80"); // mov eax,0x80000001
		assertEquals(0x8000_0001L, cpu.r[Cpu.RAX]);
		guest.run("48 c7 c0 00 00 00 80"); // mov rax,-0x80000000
		assertEquals(-0x8000_0000L, cpu.r[Cpu.RAX]);
	}

	@Test
	void extensionsFillTheDestination() {
		cpu.r[Cpu.RBX] = 0x8080;
		guest.run("48 0f be c3"); // movsx rax,bl
		assertEquals(-128, cpu.r[Cpu.RAX]);
		guest.run("0f bf c3"); // movsx eax,bx
		assertEquals(0xFFFF_8080L, cpu.r[Cpu.RAX]);
		guest.run("0f b6 c7"); // movzx eax,bh
		assertEquals(0x80, cpu.r[Cpu.RAX]);
		guest.run("48 98"); // cdqe
		assertEquals(0x80, cpu.r[Cpu.RAX]);
		cpu.r[Cpu.RAX] = Long.MIN_VALUE;
		guest.run("48 99"); // cqo
		assertEquals(-1, cpu.r[Cpu.RDX]);
	}

	@Test
	void conditionalMoveThatDoesNotHoldStillReadsAndClearsTheUpperHalf() {
		cpu.setArithmeticFlags(0);
		cpu.r[Cpu.RAX] = -1;
		guest.run("0f 44 c3"); // cmove eax,ebx
		assertEquals(0xFFFF_FFFFL, cpu.r[Cpu.RAX]);
		cpu.r[Cpu.RBX] = TestGuest.BYTES;
		assertEquals(GuestFault.EXIT, guest.run("0f 44 03")); // cmove eax,[rbx]
		cpu.setArithmeticFlags(Flag.ZF);
		cpu.r[Cpu.RBX] = 9;
		guest.run("0f 44 c3");
		assertEquals(9, cpu.r[Cpu.RAX]);
	}

	@Test
	void addressComputationIsCutToTheAddressSize() {
		cpu.r[Cpu.RBX] = 0xFFFF_FFFFL;
		guest.run("67 48 8d 43 02"); // lea rax,[ebx+2]
		assertEquals(1, cpu.r[Cpu.RAX]);
		guest.run("48 8d 44 5b 02"); // lea rax,[rbx+rbx*2+2]
		assertEquals(0x2_FFFF_FFFFL, cpu.r[Cpu.RAX]);
	}

	@Test
	void tableLookupReadsByTheLowByte() {
		guest.write(0x20FF, 1, 0x5A);
		cpu.r[Cpu.RBX] = 0x2000;
		cpu.r[Cpu.RAX] = 0x12FF;
		guest.run("d7"); // xlat
		assertEquals(0x125A, cpu.r[Cpu.RAX]);
	}

	@Test
	void hintsAccessNothingButALineFlushChecksItsAddress() {
		cpu.r[Cpu.RBX] = 1L << 50;
		assertEquals(TestGuest.NO_FAULT, guest.run("0f 18 0b")); // prefetcht0 [rbx]
		assertEquals(TestGuest.NO_FAULT, guest.run("0f 1f 03")); // nop [rbx]
		assertEquals(Vector.GP, guest.run("0f ae 3b")); // clflush [rbx]
		assertEquals(TestGuest.NO_FAULT, guest.run("f3 90")); // pause
		assertEquals(TestGuest.NO_FAULT, guest.run("0f ae f0")); // mfence
	}
}
