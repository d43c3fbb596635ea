package mshv.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

class HexDumpTest {
	@Test
	void aRowHasAddressBytesAndLetters() {
		assertEquals("0000000000001000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|",
			HexDump.format(0x1000, "0123456789abcdef".getBytes(StandardCharsets.US_ASCII)));
	}

	@Test
	void theLastRowIsPaddedAndUnprintableBytesAreDots() {
		String dump = HexDump.format(0xffffffff81000000L, new byte[] {0x41, 0, (byte) 0xff, 0x7f, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
			0x43});
		assertEquals("""
			ffffffff81000000  41 00 ff 7f 42 01 02 03  04 05 06 07 08 09 0a 0b  |A...B...........|
			ffffffff81000010  43                                                |C|""", dump);
	}
}
