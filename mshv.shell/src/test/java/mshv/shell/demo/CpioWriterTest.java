package mshv.shell.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.shell.demo.CpioReader.Entry;

class CpioWriterTest {
	private interface Content {
		void write(CpioWriter writer) throws IOException;
	}

	private static byte[] archive(Content content) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (CpioWriter writer = new CpioWriter(bytes)) {
			content.write(writer);
		}
		return bytes.toByteArray();
	}

	@Test
	void whatIsWrittenIsReadBack() throws IOException {
		byte[] data = {1, 2, 3, 4, 5};
		List<Entry> entries = CpioReader.read(archive(writer -> {
			writer.directory("bin", 0_755);
			writer.file("bin/tool", 0_750, data);
			writer.link("bin/sh", "tool");
			writer.device("console", 0_600, 5, 1);
		}));
		assertEquals(List.of("bin", "bin/tool", "bin/sh", "console"), entries.stream().map(Entry::name).toList());
		assertEquals(List.of(0_040755, 0_100750, 0_120777, 0_020600), entries.stream().map(Entry::mode).toList());
		assertArrayEquals(data, entries.get(1).data());
		assertEquals("tool", entries.get(2).text());
		assertEquals(5, entries.get(3).major());
		assertEquals(1, entries.get(3).minor());
		assertEquals(4, entries.stream().map(Entry::inode).distinct().count());
	}

	@Test
	void namesAndDataOfEveryLengthArePaddedToFourBytes() throws IOException {
		for (int length = 0; length < 9; length++) {
			byte[] data = "x".repeat(length).getBytes(StandardCharsets.UTF_8);
			String name = "n".repeat(length + 1);
			byte[] archive = archive(writer -> writer.file(name, 0_644, data));
			assertEquals(0, archive.length % 4);
			Entry entry = CpioReader.read(archive).getFirst();
			assertEquals(name, entry.name());
			assertArrayEquals(data, entry.data());
		}
	}

	@Test
	void theHeaderIsTheOneOfTheFormat() throws IOException {
		String archive = new String(archive(writer -> writer.file("init", 0_755, "#!".getBytes(StandardCharsets.US_ASCII))),
			StandardCharsets.US_ASCII);
		assertTrue(archive.startsWith("070701" + "00000001" + "000081ED" + "00000000" + "00000000" + "00000001" + "00000000" + "00000002"
			+ "00000000" + "00000000" + "00000000" + "00000000" + "00000005" + "00000000" + "init\0"), archive);
	}

	@Test
	void anEmptyArchiveIsItsTrailer() throws IOException {
		assertEquals(List.of(), CpioReader.read(archive(_ -> {
		})));
	}
}
