package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Decoded.assertUndefined;
import static mshv.backend.emu.isa.Decoded.opcode;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DecoderUndefinedTest {
	private static void assertAllUndefined(int mode, String... encodings) {
		for (String hex : encodings) {
			assertUndefined(mode, hex);
		}
	}

	@Test
	void legacyOpcodesAreUndefinedIn64BitMode() {
		String[] encodings = {"06", "07", "0e", "16", "17", "1e", "1f", "27", "2f", "37", "3f", "60", "61", "62 07", "82 c0 01",
			"9a 00 00 00 00 00 00", "c4 07", "c5 07", "ce", "d4 0a", "d5 0a", "d6", "ea 00 00 00 00 00 00"};
		assertAllUndefined(64, encodings);
		for (String hex : encodings) {
			if (!hex.equals("0e")) {
				assertEquals(false, opcode(32, hex) == Opcode.INVALID, hex);
			}
		}
		assertEquals(Opcode.PUSH_SEG, opcode(32, "0e"));
	}

	@Test
	void longModeOpcodesAreUndefinedElsewhere() {
		assertAllUndefined(32, "0f 01 f8", "f3 0f ae c0");
		assertEquals(Opcode.SWAPGS, opcode(64, "0f 01 f8"));
		assertEquals(Opcode.RDFSBASE, opcode(64, "f3 0f ae c0"));
		assertEquals(Opcode.ARPL, opcode(32, "63 c8"));
		assertEquals(Opcode.SALC, opcode(16, "d6"));
	}

	@Test
	void memoryOnlyOperandsMustBeInMemory() {
		assertAllUndefined(32, "8d c0", "c4 c0", "c5 c0", "62 c0", "ff d8", "ff e8", "0f c7 c8", "0f b2 c0", "0f c3 c0", "0f 01 d2",
			"0f 13 c0", "0f 2b c0", "0f e7 c0", "66 0f 12 c0");
	}

	@Test
	void registerOnlyOperandsMustBeRegisters() {
		assertAllUndefined(64, "0f 50 07", "0f d7 07", "0f f7 07", "0f c5 07 00", "0f 71 17 01", "f3 0f d6 07");
	}

	@Test
	void specialRegistersThatDoNotExistAreUndefined() {
		assertAllUndefined(64, "0f 20 c8", "0f 22 e8", "0f 20 f0", "0f 22 f8", "44 0f 20 c8", "44 0f 21 c0", "8e c8", "8e f0", "8c f8");
		assertEquals(Opcode.MOV_FROM_SEG, opcode(64, "8c c8"));
		assertEquals(Opcode.MOV_TO_CR, opcode(64, "0f 22 d0"));
	}

	@Test
	void holesInGroupsAreUndefined() {
		assertAllUndefined(64, "8f c8", "c6 c8 00", "c6 f8 00", "c7 f8 00 00 00 00", "fe d0", "ff f8", "0f 00 f0", "0f ba c0 01",
			"0f 01 c0", "0f 01 c2", "0f 01 d8", "0f 01 e8", "0f 01 2f", "0f ae 27", "0f ae 2f", "0f ae 37", "0f c7 f0",
			"0f c7 f8", "0f c7 37", "0f 72 07 01");
	}

	@Test
	void extensionsThatAreNotOfferedAreUndefined() {
		assertAllUndefined(64, "c5 f8 77", "c4 e2 79 18 00", "62 f1 7c 48 28 c0", "0f 38 00 c0", "66 0f 38 82 07", "66 0f 3a 0f c1 01",
			"f2 0f f0 07", "66 0f 7c c1", "f2 0f d0 c1", "f2 0f 12 c1", "f3 0f 16 c1", "db 0f", "0f 0e", "0f 0f c0 9e", "0f 78 c0",
			"0f 36", "0f 37", "0f a6 c0");
	}

	@Test
	void undefinedInstructionsAreUndefined() {
		assertAllUndefined(64, "0f 0b", "0f ff c0", "0f b9 c0", "0f 04", "0f 0a", "0f 24 c0");
	}

	@Test
	void undefinedFloatEncodingsAreUndefined() {
		assertAllUndefined(64, "d9 0f", "d9 d1", "d9 e2", "d9 ef", "da e0", "da ea", "db 27", "db 37", "db e5", "db f8", "dd 2f", "dd f0",
			"de d8", "df e1", "df f8", "da f0");
		assertEquals(Opcode.FCOMPP, opcode(64, "de d9"));
		assertEquals(Opcode.FUCOMPP, opcode(64, "da e9"));
	}

	@Test
	void systemGroupsHaveTheirMembers() {
		assertEquals(Opcode.VMCALL, opcode(64, "0f 01 c1"));
		assertEquals(Opcode.VMMCALL, opcode(64, "0f 01 d9"));
		assertEquals(Opcode.MONITOR, opcode(64, "0f 01 c8"));
		assertEquals(Opcode.MWAIT, opcode(64, "0f 01 c9"));
		assertEquals(Opcode.CLAC, opcode(64, "0f 01 ca"));
		assertEquals(Opcode.STAC, opcode(64, "0f 01 cb"));
		assertEquals(Opcode.XGETBV, opcode(64, "0f 01 d0"));
		assertEquals(Opcode.XSETBV, opcode(64, "0f 01 d1"));
		assertEquals(Opcode.RDTSCP, opcode(64, "0f 01 f9"));
		assertEquals(Opcode.INVLPG, opcode(64, "0f 01 3f"));
		assertEquals(Opcode.SMSW, opcode(64, "0f 01 e0"));
		assertEquals(Opcode.LMSW, opcode(64, "0f 01 f0"));
		assertEquals(Opcode.CLFLUSH, opcode(64, "0f ae 3f"));
		assertEquals(Opcode.LFENCE, opcode(64, "0f ae e8"));
		assertEquals(Opcode.MFENCE, opcode(64, "0f ae f0"));
		assertEquals(Opcode.SFENCE, opcode(64, "0f ae f8"));
		assertEquals(Opcode.RSM, opcode(64, "0f aa"));
		assertEquals(Opcode.INT1, opcode(64, "f1"));
	}
}
