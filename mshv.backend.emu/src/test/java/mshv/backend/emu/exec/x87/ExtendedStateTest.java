package mshv.backend.emu.exec.x87;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;

class ExtendedStateTest {
	private static final String FXSAVE = "0f ae 03";
	private static final String FXRSTOR = "0f ae 0b";

	private static void fill(Cpu cpu) {
		for (int i = 0; i < 8; i++) {
			FloatStack.set(cpu.fpu, i, 0x4000 + i, Long.MIN_VALUE | i);
		}
		cpu.fpu.valid = 0x5A;
		cpu.fpu.setTop(3);
		for (int i = 0; i < 32; i++) {
			cpu.xmm[i] = 0x1111_2222_0000_0000L + i;
		}
		cpu.setMxcsr(0x7FC0);
	}

	private static void checkRoundTrip(X87Guest guest, long address) {
		Cpu cpu = guest.cpu;
		fill(cpu);
		long[] significands = cpu.fpu.significand.clone();
		int[] exponents = cpu.fpu.signExponent.clone();
		cpu.r[Cpu.RBX] = address;
		assertEquals(X87Guest.NO_FAULT, guest.run(FXSAVE));
		cpu.fpu.reset();
		Arrays.fill(cpu.xmm, -1);
		cpu.setMxcsr(0x1F80);
		assertEquals(X87Guest.NO_FAULT, guest.run(FXRSTOR));
		assertEquals(0x37F, cpu.fpu.control);
		assertEquals(0x1800, cpu.fpu.status);
		assertEquals(0x5A, cpu.fpu.valid);
		assertEquals(0x7FC0, cpu.mxcsr);
		assertArrayEquals(significands, cpu.fpu.significand);
		assertArrayEquals(exponents, cpu.fpu.signExponent);
		for (int i = 0; i < 32; i++) {
			assertEquals(cpu.mode == 64 || i < 16 ? 0x1111_2222_0000_0000L + i : -1, cpu.xmm[i]);
		}
	}

	@Test
	void whatWasSavedIsRestored() {
		try (X87Guest guest = X87Guest.longMode()) {
			checkRoundTrip(guest, 0x1000);
			assertEquals(0x5A, guest.read(0x1004, 2));
			assertEquals(Long.MIN_VALUE | 3, guest.read(0x1020, 8));
			assertEquals(0x4003, guest.read(0x1028, 8));
		}
	}

	@Test
	void theAreaMayLieInTwoPages() {
		try (X87Guest guest = X87Guest.longMode()) {
			checkRoundTrip(guest, 0x2FF0);
			checkRoundTrip(guest, 0x2F20);
		}
	}

	@Test
	void outside64BitModeTheUpperRegistersStay() {
		try (X87Guest guest = X87Guest.protectedMode()) {
			guest.write(0x1000 + 288, 8, 0x5555);
			checkRoundTrip(guest, 0x1000);
			assertEquals(0x5555, guest.read(0x1000 + 288, 8));
		}
	}

	@Test
	void rexWChoosesLongPointers() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.r[Cpu.RBX] = 0x1000;
			guest.cpu.fpu.lastInstruction = 0x1234_5678_9ABCL;
			guest.cpu.fpu.lastInstructionSelector = 0x33;
			guest.cpu.fpu.lastOperand = 0x4321_8765_CBA9L;
			guest.cpu.fpu.lastOperandSelector = 0x2B;
			assertEquals(X87Guest.NO_FAULT, guest.run(FXSAVE));
			assertEquals(0x33_5678_9ABCL, guest.read(0x1008, 8));
			assertEquals(0x2B_8765_CBA9L, guest.read(0x1010, 8));
			assertEquals(X87Guest.NO_FAULT, guest.run("48 " + FXSAVE));
			assertEquals(0x1234_5678_9ABCL, guest.read(0x1008, 8));
			assertEquals(0x4321_8765_CBA9L, guest.read(0x1010, 8));
			assertEquals(X87Guest.NO_FAULT, guest.run("48 " + FXRSTOR));
			assertEquals(0x1234_5678_9ABCL, guest.cpu.fpu.lastInstruction);
		}
	}

	@Test
	void faultsLeaveTheStateAlone() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.r[Cpu.RBX] = 0x1008;
			assertEquals(Vector.GP, guest.run(FXSAVE));
			assertEquals(Vector.GP, guest.run(FXRSTOR));
			guest.cpu.r[Cpu.RBX] = X87Guest.BYTES - 256;
			assertEquals(-1, guest.run(FXSAVE));
			assertEquals(-1, guest.run(FXRSTOR));
			assertEquals(0, guest.read(X87Guest.BYTES - 256, 8));
			guest.cpu.r[Cpu.RBX] = 0x1000;
			guest.write(0x1000 + 24, 4, 0x10000);
			assertEquals(Vector.GP, guest.run(FXRSTOR));
			assertEquals(0x37F, guest.cpu.fpu.control);
			assertEquals(0x1F80, guest.cpu.mxcsr);
		}
	}
}
