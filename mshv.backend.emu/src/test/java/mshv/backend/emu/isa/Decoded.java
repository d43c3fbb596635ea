package mshv.backend.emu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;

/** Decoding of bytes written as hexadecimal digits, blanks ignored. */
final class Decoded {
	static final long ADDRESS = 0x1000;

	private Decoded() {}

	static byte[] bytes(String hex) {
		return HexFormat.of().parseHex(hex.replace(" ", ""));
	}

	static int length(int mode, String hex, Instruction out) {
		byte[] bytes = bytes(hex);
		return new Decoder().decode(bytes, 0, bytes.length, mode, ADDRESS, out);
	}

	static int length(int mode, String hex) {
		return length(mode, hex, new Instruction());
	}

	/** The instruction that all of the bytes make. */
	static Instruction of(int mode, String hex) {
		Instruction instruction = new Instruction();
		assertEquals(bytes(hex).length, length(mode, hex, instruction), () -> hex + " in " + mode + "-bit code");
		return instruction;
	}

	static Opcode opcode(int mode, String hex) {
		return of(mode, hex).opcode;
	}

	static void assertUndefined(int mode, String hex) {
		Instruction instruction = new Instruction();
		assertTrue(length(mode, hex, instruction) > 0, hex);
		assertEquals(Opcode.INVALID, instruction.opcode, () -> hex + " in " + mode + "-bit code");
	}

	static void assertText(String text, int mode, String hex) {
		assertEquals(text, Disassembler.format(of(mode, hex)), hex);
	}
}
