package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Decoded.assertText;
import static mshv.backend.emu.isa.Decoded.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisassemblerTest {
	@Test
	void recordedInstructionsReadAsRecorded() throws IOException {
		int count = 0;
		try (BufferedReader reader = new BufferedReader(
			new InputStreamReader(getClass().getResourceAsStream("instructions.txt"), StandardCharsets.UTF_8))) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				if (!line.startsWith("#")) {
					String[] fields = line.split(" ", 3);
					assertText(fields[2], Integer.parseInt(fields[0]), fields[1]);
					count++;
				}
			}
		}
		assertTrue(count > 2000, "only " + count);
	}

	@Test
	void aRangeBecomesLinesWithAddressesAndBytes() {
		List<Disassembler.Line> lines = new Disassembler().lines(bytes("55 48 89 e5 0f 0b c3 e8 00"), 64, 0x400000);
		assertEquals(List.of("push rbp", "mov rbp,rsp", "(bad)", "(bad)", "(bad)", "add al,al"),
			new Disassembler().lines(bytes("55 48 89 e5 0f c5 06 00 c0"), 64, 0).stream().map(Disassembler.Line::text).toList());
		assertEquals(List.of(0x400000L, 0x400001L, 0x400004L), lines.stream().limit(3).map(Disassembler.Line::address).toList());
		assertArrayEquals(bytes("48 89 e5"), lines.get(1).bytes());
	}

	@Test
	void aCutOffInstructionAtTheEndIsBad() {
		List<Disassembler.Line> lines = new Disassembler().lines(bytes("c3 e8"), 64, 0);
		assertEquals(List.of("ret", "(bad)"), lines.stream().map(Disassembler.Line::text).toList());
	}

	@Test
	void anUndefinedInstructionReadsBad() {
		assertEquals("(bad)", Disassembler.format(new Instruction()));
	}
}
