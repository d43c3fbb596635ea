package mshv.shell.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads newc archives by the format's description, for the tests. */
final class CpioReader {
	record Entry(int inode, int mode, int links, int major, int minor, String name, byte[] data) {
		String text() {
			return new String(data, StandardCharsets.UTF_8);
		}
	}

	private CpioReader() {}

	/** @return all entries but the trailer, which must be the last and the end */
	static List<Entry> read(byte[] archive) {
		List<Entry> entries = new ArrayList<>();
		int at = 0;
		while (true) {
			String header = new String(archive, at, 110, StandardCharsets.US_ASCII);
			if (!header.startsWith("070701")) {
				throw new IllegalStateException("no header at " + at + ": " + header);
			}
			int[] fields = new int[13];
			for (int i = 0; i < fields.length; i++) {
				fields[i] = Integer.parseUnsignedInt(header.substring(6 + 8 * i, 14 + 8 * i), 16);
			}
			int nameAt = at + 110;
			int dataAt = nameAt + fields[11] + 3 & ~3;
			if (archive[nameAt + fields[11] - 1] != 0) {
				throw new IllegalStateException("a name without its final zero at " + nameAt);
			}
			String name = new String(archive, nameAt, fields[11] - 1, StandardCharsets.UTF_8);
			int end = dataAt + fields[6] + 3 & ~3;
			if (name.equals("TRAILER!!!")) {
				if (end != archive.length) {
					throw new IllegalStateException("the archive goes on after its trailer");
				}
				return entries;
			}
			entries.add(new Entry(fields[0], fields[1], fields[4], fields[9], fields[10], name,
				Arrays.copyOfRange(archive, dataAt, dataAt + fields[6])));
			at = end;
		}
	}
}
