package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Decoded.ADDRESS;
import static mshv.backend.emu.isa.Decoded.bytes;
import static mshv.backend.emu.isa.Decoded.length;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DecoderBoundaryTest {
	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();

	@Test
	void tooFewBytesGiveZeroAtEveryCut() {
		byte[] code = bytes("65 48 c7 84 88 44 33 22 11 78 56 34 12");
		for (int available = 0; available < code.length; available++) {
			assertEquals(0, decoder.decode(code, 0, available, 64, ADDRESS, instruction), "with " + available);
		}
		assertEquals(13, decoder.decode(code, 0, code.length, 64, ADDRESS, instruction));
	}

	@Test
	void bytesPastTheAvailableOnesAreNotUsed() {
		assertEquals(0, decoder.decode(bytes("0f 0b"), 0, 1, 64, ADDRESS, instruction));
		assertEquals(0, decoder.decode(bytes("c3"), 1, 0, 64, ADDRESS, instruction));
	}

	@Test
	void decodingStartsAtTheOffset() {
		assertEquals(2, decoder.decode(bytes("00 00 00 31 c0 00"), 3, 3, 64, ADDRESS, instruction));
		assertEquals(Opcode.XOR, instruction.opcode);
	}

	@Test
	void fifteenBytesAreAnInstructionAndSixteenAreTooLong() {
		assertEquals(15, length(64, "66 66 66 66 66 66 66 66 66 66 66 66 66 89 c0"));
		assertEquals(Decoder.TOO_LONG, length(64, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 89 c0"));
		assertEquals(Decoder.TOO_LONG, length(64, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66"));
		assertEquals(Decoder.TOO_LONG, length(32, "2e 2e 2e 2e 2e 2e 81 84 88 44 33 22 11 78 56 34 12"));
	}

	@Test
	void fourteenPrefixesAreNotYetTooLongWhileMoreBytesMayCome() {
		assertEquals(0, length(64, "66 66 66 66 66 66 66 66 66 66 66 66 66 66"));
	}

	@Test
	void anUndefinedOpcodeNeedsNoFurtherByte() {
		assertEquals(2, length(64, "0f ff"));
		assertEquals(2, length(64, "0f b9"));
		assertEquals(2, length(64, "0f 0b"));
		assertEquals(2, length(64, "0f 38"));
		assertEquals(1, length(64, "c5"));
		assertEquals(2, length(64, "f0 90"));
		assertEquals(2, length(64, "ff f8"));
		assertEquals(3, length(64, "0f 20 c8"));
		assertEquals(2, length(64, "c7 88"));
	}

	@Test
	void everyResultIsALengthZeroOrTooLong() {
		Random random = new Random(1);
		byte[] code = new byte[24];
		for (int i = 0; i < 300_000; i++) {
			random.nextBytes(code);
			int available = random.nextInt(code.length + 1);
			int mode = 16 << random.nextInt(3);
			int length = decoder.decode(code, 0, available, mode, ADDRESS, instruction);
			assertTrue(length <= Math.min(available, 15) && length >= Decoder.TOO_LONG, () -> "length " + length);
			assertTrue(length != 0 || available < 15);
			if (length > 0 && instruction.opcode != Opcode.INVALID) {
				assertEquals(length, instruction.length);
				assertFalse(instruction.operandSize == 0 && instruction.hasMemory());
			}
		}
	}

	@Test
	void oneMoreByteNeverChangesAnAnswer() {
		Random random = new Random(2);
		byte[] code = new byte[16];
		Instruction longer = new Instruction();
		for (int i = 0; i < 100_000; i++) {
			random.nextBytes(code);
			int mode = 16 << random.nextInt(3);
			int length = decoder.decode(code, 0, 16, mode, ADDRESS, longer);
			for (int available = 0; available < 15; available++) {
				int cut = decoder.decode(code, 0, available, mode, ADDRESS, instruction);
				assertEquals(length > 0 && available >= length ? length : 0, cut);
			}
		}
	}
}
