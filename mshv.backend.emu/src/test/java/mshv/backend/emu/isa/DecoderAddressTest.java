package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Decoded.ADDRESS;
import static mshv.backend.emu.isa.Decoded.of;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DecoderAddressTest {
	private static final int NONE = Instruction.NO_REGISTER;

	private static void assertAddress(int base, int index, int scale, long displacement, int mode, String hex) {
		Instruction i = of(mode, hex);
		assertTrue(i.hasMemory());
		assertEquals(base, i.base, "base");
		assertEquals(index, i.index, "index");
		assertEquals(scale, i.scale, "scale");
		assertEquals(displacement, i.displacement, "displacement");
	}

	@Test
	void sixteenBitFormsPairBasesWithIndexes() {
		assertAddress(3, 6, 0, 0, 16, "8b 00");
		assertAddress(3, 7, 0, 0, 16, "8b 01");
		assertAddress(5, 6, 0, 0, 16, "8b 02");
		assertAddress(5, 7, 0, 0, 16, "8b 03");
		assertAddress(6, NONE, 0, 0, 16, "8b 04");
		assertAddress(7, NONE, 0, -1, 16, "8b 45 ff");
		assertAddress(5, NONE, 0, 0x1234, 16, "8b 86 34 12");
		assertAddress(3, NONE, 0, -2, 16, "8b 87 fe ff");
		assertAddress(NONE, NONE, 0, 0x1234, 16, "8b 06 34 12");
	}

	@Test
	void sibHasAbsentIndexesAndBases() {
		assertAddress(4, NONE, 0, 0, 64, "8b 04 24");
		assertAddress(4, NONE, 0, 0, 64, "8b 04 e4");
		assertAddress(0, 12, 3, 0, 64, "42 8b 04 e0");
		assertAddress(NONE, 1, 2, 0x10, 64, "8b 04 8d 10 00 00 00");
		assertAddress(NONE, NONE, 0, -16, 64, "8b 04 25 f0 ff ff ff");
		assertAddress(NONE, 1, 2, 0x10, 64, "41 8b 04 8d 10 00 00 00");
		assertAddress(13, 1, 2, 0x10, 64, "41 8b 44 8d 10");
		assertAddress(12, NONE, 0, 0, 64, "41 8b 04 24");
	}

	@Test
	void ripRelativeDisplacementsCountFromTheEndOfTheInstruction() {
		assertAddress(NONE, NONE, 0, ADDRESS + 6 + 0x10, 64, "8b 05 10 00 00 00");
		assertAddress(NONE, NONE, 0, ADDRESS + 10 - 0x10, 64, "c7 05 f0 ff ff ff 01 00 00 00");
		assertTrue(of(64, "8b 05 10 00 00 00").ripRelative);
		assertAddress(NONE, NONE, 0, 0x10, 32, "8b 05 10 00 00 00");
		assertFalse(of(32, "8b 05 10 00 00 00").ripRelative);
	}

	@Test
	void eipRelativeDisplacementsAreCutTo32Bits() {
		assertAddress(NONE, NONE, 0, 0xffff_f007L, 64, "67 8b 05 00 e0 ff ff");
	}

	@Test
	void offsetsOfMovAreAsWideAsAddresses() {
		assertAddress(NONE, NONE, 0, 0x1122334455667788L, 64, "a0 88 77 66 55 44 33 22 11");
		assertAddress(NONE, NONE, 0, 0x85667788L, 64, "67 a3 88 77 66 85");
		assertAddress(NONE, NONE, 0, 0x8788, 16, "a1 88 87");
		assertEquals(OperandKind.MEMORY, of(32, "a3 00 00 00 00").destination);
		assertEquals(OperandKind.MEMORY, of(32, "a1 00 00 00 00").source);
		assertEquals(4, of(64, "64 a0 88 77 66 55 44 33 22 11").segment);
	}

	@Test
	void branchTargetsAreAbsoluteAndCutToTheOperandSize() {
		assertEquals(ADDRESS + 2, of(64, "eb 00").immediate);
		assertEquals(0xffff_ffff_f000_1005L, of(64, "e8 00 00 00 f0").immediate);
		assertEquals(0xf000_1005L, of(32, "e8 00 00 00 f0").immediate);
		assertEquals(0xf83, of(32, "66 eb 80").immediate);
		assertEquals(0xf003, of(16, "e8 00 e0").immediate);
		assertEquals(0x1006 + 0x10, of(32, "0f 84 10 00 00 00").immediate);
	}

	@Test
	void theOperandSizePrefixDoesNotReachNearBranchesIn64BitMode() {
		assertEquals(8, of(64, "66 e8 00 00 00 00").operandSize);
		assertEquals(8, of(64, "66 0f 85 00 00 00 00").operandSize);
		assertEquals(8, of(64, "66 c3").operandSize);
		assertEquals(8, of(64, "66 ff e0").operandSize);
		assertEquals(2, of(32, "66 ff e0").operandSize);
	}
}
