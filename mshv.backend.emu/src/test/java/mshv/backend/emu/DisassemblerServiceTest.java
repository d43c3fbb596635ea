package mshv.backend.emu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.api.Disassembler.Line;

class DisassemblerServiceTest {
	private final DisassemblerService service = new DisassemblerService();

	private static byte[] hex(String bytes) {
		return HexFormat.of().parseHex(bytes);
	}

	@Test
	void linesHaveAddressesBytesAndText() {
		assertEquals(List.of(new Line(0x1000, hex("4889c3"), "mov rbx,rax"), new Line(0x1003, hex("f4"), "hlt")),
			service.disassemble(hex("4889c3f4"), 64, 0x1000));
	}

	@Test
	void theModeDecidesWhatBytesMean() {
		assertEquals(List.of(new Line(0, hex("48"), "dec eax"), new Line(1, hex("89c3"), "mov ebx,eax")),
			service.disassemble(hex("4889c3"), 32, 0));
	}

	@Test
	void anInstructionThatIsCutOffIsBytes() {
		List<Line> lines = service.disassemble(hex("90488b"), 64, 0);
		assertEquals("nop", lines.getFirst().text());
		assertEquals(3, lines.stream().mapToInt(line -> line.bytes().length).sum());
	}

	@Test
	void anUnknownModeIsRefused() {
		assertThrows(IllegalArgumentException.class, () -> service.disassemble(hex("90"), 8, 0));
	}
}
