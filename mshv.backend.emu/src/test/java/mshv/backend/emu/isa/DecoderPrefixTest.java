package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Decoded.assertText;
import static mshv.backend.emu.isa.Decoded.assertUndefined;
import static mshv.backend.emu.isa.Decoded.of;
import static mshv.backend.emu.isa.Decoded.opcode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DecoderPrefixTest {
	@Test
	void theOperandSizeFollowsModeAndPrefix() {
		assertEquals(2, of(16, "01 c8").operandSize);
		assertEquals(4, of(16, "66 01 c8").operandSize);
		assertEquals(4, of(32, "01 c8").operandSize);
		assertEquals(2, of(32, "66 01 c8").operandSize);
		assertEquals(4, of(64, "01 c8").operandSize);
		assertEquals(2, of(64, "66 01 c8").operandSize);
		assertEquals(8, of(64, "48 01 c8").operandSize);
		assertEquals(8, of(64, "66 48 01 c8").operandSize);
	}

	@Test
	void theAddressSizeFollowsModeAndPrefix() {
		assertEquals(2, of(16, "8b 07").addressSize);
		assertEquals(4, of(16, "67 8b 07").addressSize);
		assertEquals(4, of(32, "8b 07").addressSize);
		assertEquals(2, of(32, "67 8b 07").addressSize);
		assertEquals(8, of(64, "8b 07").addressSize);
		assertEquals(4, of(64, "67 8b 07").addressSize);
	}

	@Test
	void rexCountsOnlyImmediatelyBeforeTheOpcode() {
		assertEquals(2, of(64, "48 66 01 c8").operandSize);
		assertEquals(4, of(64, "48 40 01 c8").operandSize);
		assertText("mov al,ah", 64, "41 2e 88 e0");
	}

	@Test
	void rexIsIncAndDecOutsideOf64BitMode() {
		assertText("dec eax", 32, "48");
		assertText("inc di", 16, "47");
	}

	@Test
	void rexExtendsRegistersAndReplacesHighBytes() {
		assertText("mov r15,r8", 64, "4d 89 c7");
		assertText("mov QWORD PTR [r12+r13*2+0x8],r9", 64, "4f 89 4c 6c 08");
		assertText("mov spl,dil", 64, "40 88 fc");
		assertText("mov ah,bh", 64, "88 fc");
		assertEquals(16, of(64, "88 fc").destinationRegister);
		assertEquals(19, of(64, "88 fc").sourceRegister);
	}

	@Test
	void onlyFsAndGsOverrideIn64BitMode() {
		assertEquals(3, of(64, "2e 8b 07").segment);
		assertEquals(2, of(64, "3e 8b 45 00").segment);
		assertEquals(4, of(64, "64 8b 07").segment);
		assertEquals(5, of(64, "65 36 8b 07").segment);
		assertEquals(5, of(64, "64 65 8b 07").segment);
	}

	@Test
	void theLastSegmentOverrideWinsOutsideOf64BitMode() {
		assertEquals(0, of(32, "64 26 8b 07").segment);
		assertEquals(1, of(16, "2e 8b 07").segment);
		assertEquals(3, of(32, "3e 8b 45 00").segment);
	}

	@Test
	void theStackSegmentIsTheDefaultOfStackPointers() {
		assertEquals(2, of(64, "8b 04 24").segment);
		assertEquals(2, of(64, "8b 45 00").segment);
		assertEquals(3, of(64, "41 8b 04 24").segment);
		assertEquals(3, of(64, "41 8b 45 00").segment);
		assertEquals(2, of(16, "8b 42 00").segment);
		assertEquals(2, of(16, "8b 46 00").segment);
		assertEquals(3, of(16, "8b 06 00 00").segment);
		assertEquals(3, of(32, "8b 04 6d 00 00 00 00").segment);
		assertEquals(3, of(32, "8b 04 28").segment);
	}

	@Test
	void lockNeedsALockableInstructionWithADestinationInMemory() {
		for (String hex : new String[] {"f0 01 07", "f0 83 07 01", "f0 f7 1f", "f0 f6 17", "f0 ff 07", "f0 fe 0f", "f0 87 07",
			"f0 0f c1 07", "f0 0f b1 07", "f0 0f c7 0f", "f0 48 0f c7 0f", "f0 0f ab 07", "f0 0f ba 2f 05", "66 f0 0f bb 07"}) {
			assertTrue(of(64, hex).lock, hex);
		}
		for (String hex : new String[] {"f0 01 c7", "f0 03 07", "f0 39 07", "f0 83 3f 01", "f0 85 07", "f0 89 07", "f0 0f a3 07",
			"f0 0f ba 27 05", "f0 90", "f0 0f 22 c0", "f0 d1 07", "f0 8f 07", "f0 0f c8", "f0 a4", "f0 ff 37", "f0 0f 58 07"}) {
			assertUndefined(64, hex);
		}
		assertFalse(of(64, "87 07").lock);
	}

	@Test
	void theLastRepeatPrefixSelectsTheForm() {
		assertEquals(Opcode.ADDSS, opcode(64, "f2 f3 0f 58 c1"));
		assertEquals(Opcode.ADDSD, opcode(64, "f3 f2 0f 58 c1"));
		assertEquals(Opcode.ADDSD, opcode(64, "f2 66 0f 58 c1"));
		assertEquals(Opcode.ADDPD, opcode(64, "66 0f 58 c1"));
		assertEquals(Opcode.ADDPS, opcode(64, "0f 58 c1"));
	}

	@Test
	void aMandatoryPrefixWithoutAFormIsUndefined() {
		for (String hex : new String[] {"f3 0f 54 c1", "f2 0f 6f c1", "66 0f 52 c1", "f3 0f c3 07", "0f d6 c1", "0f 6c c1", "66 0f 77",
			"f2 0f b8 c1", "0f b8 c1", "f3 0f ae 00", "66 0f ae e8", "66 0f 73 c1 01", "0f 73 f8 01"}) {
			assertUndefined(64, hex);
		}
	}

	@Test
	void repeatPrefixesAreKeptOnStringInstructionsOnly() {
		assertTrue(of(64, "f3 a4").repeat);
		assertTrue(of(64, "f2 ae").repeatNot);
		assertFalse(of(64, "f2 f3 a4").repeatNot);
		assertTrue(of(64, "f3 6d").repeat);
		assertFalse(of(64, "f3 c3").repeat);
		assertFalse(of(64, "f3 0f 58 c1").repeat);
	}

	@Test
	void f3DoesNotTurnBitScansIntoCounts() {
		assertEquals(Opcode.BSF, opcode(64, "f3 0f bc c1"));
		assertEquals(Opcode.BSR, opcode(64, "f3 48 0f bd c1"));
		assertEquals(2, of(64, "66 f3 0f b8 c1").operandSize);
	}

	@Test
	void nopPauseAndExchangeShareAnOpcode() {
		assertEquals(Opcode.NOP, opcode(64, "90"));
		assertEquals(Opcode.NOP, opcode(64, "66 90"));
		assertEquals(Opcode.PAUSE, opcode(32, "f3 90"));
		assertEquals(Opcode.XCHG, opcode(64, "49 90"));
		assertEquals(Opcode.NOP, opcode(64, "48 90"));
	}
}
