package mshv.backend.emu.exec.x87;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.Segment;

class EnvironmentTest {
	private static final int AT = 0x1000;

	/** Executes an instruction with a memory operand, at a CS and in a data segment with distinct selectors. */
	private static void note(X87Guest guest) {
		guest.cpu.segments[Segment.CS].selector = 0x4321;
		guest.cpu.segments[Segment.DS].selector = 0x8765;
		guest.cpu.r[Cpu.RBX] = AT + 0x678;
		assertEquals(X87Guest.NO_FAULT, guest.run(guest.cpu.mode == 16 ? "d9 07" : "d9 03"));
		guest.cpu.r[Cpu.RBX] = AT;
	}

	private static void checkReloads(X87Guest guest, String load, String store, int size) {
		byte[] before = image(guest, size);
		guest.cpu.fpu.reset();
		assertEquals(X87Guest.NO_FAULT, guest.run(load));
		assertEquals(X87Guest.NO_FAULT, guest.run(store));
		assertArrayEquals(before, image(guest, size));
	}

	private static byte[] image(X87Guest guest, int size) {
		byte[] image = new byte[size];
		for (int i = 0; i < size; i++) {
			image[i] = (byte) guest.read(AT + i, 1);
		}
		return image;
	}

	@Test
	void protectedModeStoresPointersAndSelectors() {
		try (X87Guest guest = X87Guest.protectedMode()) {
			note(guest);
			assertEquals(X87Guest.NO_FAULT, guest.run("d9 33"));
			assertEquals(0xFFFF037FL, guest.read(AT, 4));
			assertEquals(0xFFFF3800L, guest.read(AT + 4, 4));
			assertEquals(0xFFFF7FFFL, guest.read(AT + 8, 4));
			assertEquals(X87Guest.START, guest.read(AT + 12, 4));
			assertEquals(0x4321, guest.read(AT + 16, 2));
			assertEquals(AT + 0x678, guest.read(AT + 20, 4));
			assertEquals(0xFFFF8765L, guest.read(AT + 24, 4));
			checkReloads(guest, "d9 23", "d9 33", 28);
			checkReloads(guest, "dd 23", "dd 33", 108);
		}
	}

	@Test
	void theOpcodeIsThatOfTheLastInstructionWithAnUnmaskedException() {
		try (X87Guest guest = X87Guest.protectedMode()) {
			guest.cpu.fpu.control &= ~4;
			// fldz; fld1; fdiv st0, st1: a division by zero
			assertEquals(X87Guest.NO_FAULT, guest.run("d9 ee"));
			assertEquals(X87Guest.NO_FAULT, guest.run("d9 e8"));
			assertEquals(0, guest.cpu.fpu.lastOpcode);
			assertEquals(X87Guest.NO_FAULT, guest.run("66 d8 f1"));
			guest.cpu.r[Cpu.RBX] = AT;
			assertEquals(X87Guest.NO_FAULT, guest.run("d9 33"));
			assertEquals(0xF1, guest.read(AT + 18, 2));
		}
	}

	@Test
	void protectedModeHasA16BitFormat() {
		try (X87Guest guest = X87Guest.protectedMode()) {
			note(guest);
			guest.write(AT + 14, 2, 0xABCD);
			assertEquals(X87Guest.NO_FAULT, guest.run("66 d9 33"));
			assertEquals(0x7FFF_3800_037FL, guest.read(AT, 6));
			assertEquals(0x4321_0000L | X87Guest.START, guest.read(AT + 6, 4));
			assertEquals(0x8765_0000L | AT + 0x678, guest.read(AT + 10, 4));
			assertEquals(0xABCD, guest.read(AT + 14, 2));
			guest.write(AT + 14, 2, 0);
			checkReloads(guest, "66 d9 23", "66 d9 33", 14);
			checkReloads(guest, "66 dd 23", "66 dd 33", 94);
		}
	}

	@Test
	void realModeStoresLinearAddresses() {
		try (X87Guest guest = X87Guest.realMode()) {
			note(guest);
			guest.cpu.fpu.lastOpcode = 0x123;
			long instruction = 0x43210 + X87Guest.START;
			long operand = 0x87650 + AT + 0x678;
			assertEquals(X87Guest.NO_FAULT, guest.run("d9 37"));
			assertEquals(instruction & 0xFFFF, guest.read(AT + 6, 2));
			assertEquals(instruction >> 16 << 12 | 0x123, guest.read(AT + 8, 2));
			assertEquals(operand & 0xFFFF, guest.read(AT + 10, 2));
			assertEquals(operand >> 16 << 12, guest.read(AT + 12, 2));
			checkReloads(guest, "d9 27", "d9 37", 14);
			assertEquals(X87Guest.NO_FAULT, guest.run("66 d9 37"));
			assertEquals(instruction & 0xFFFF, guest.read(AT + 12, 4));
			assertEquals(instruction >> 16 << 12 | 0x123, guest.read(AT + 16, 4));
			assertEquals(operand & 0xFFFF, guest.read(AT + 20, 4));
			assertEquals(operand >> 16 << 12, guest.read(AT + 24, 4));
			checkReloads(guest, "66 d9 27", "66 d9 37", 28);
			checkReloads(guest, "66 dd 27", "66 dd 37", 108);
		}
	}

	@Test
	void theTagWordTellsWhatRegistersHold() {
		try (X87Guest guest = X87Guest.longMode()) {
			FpuState fpu = guest.cpu.fpu;
			long one = Long.MIN_VALUE;
			FloatStack.set(fpu, 0, 0x3FFF, one);
			FloatStack.set(fpu, 1, 0x8000, 0);
			FloatStack.set(fpu, 2, 0x7FFF, one);
			FloatStack.set(fpu, 3, 0, 1);
			FloatStack.set(fpu, 4, 0x3FFF, 1);
			FloatStack.set(fpu, 5, 0, one);
			assertEquals(0b11_11_10_10_10_10_01_00, Environment.tags(fpu));
		}
	}

	@Test
	void noStateChangesIfTheAreaIsNotMapped() {
		try (X87Guest guest = X87Guest.protectedMode()) {
			guest.run("d9 e8");
			guest.cpu.r[Cpu.RBX] = X87Guest.BYTES - 20;
			guest.cpu.fpu.control = 0x37A;
			for (String instruction : new String[] {"d9 33", "dd 33", "d9 23", "dd 23"}) {
				assertEquals(-1, guest.run(instruction));
				assertEquals(0x37A, guest.cpu.fpu.control);
				assertEquals(0x3800, guest.cpu.fpu.status);
				assertEquals(0x80, guest.cpu.fpu.valid);
				assertEquals(0, guest.read(X87Guest.BYTES - 20, 8));
			}
		}
	}
}
