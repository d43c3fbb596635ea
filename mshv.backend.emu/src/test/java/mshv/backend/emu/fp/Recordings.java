package mshv.backend.emu.fp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads the tables of results recorded on hardware, whose first lines describe them. */
final class Recordings {
	private Recordings() {
	}

	/** The lines of a table, split into columns. */
	static List<String[]> read(String name) {
		try (BufferedReader reader = new BufferedReader(
			new InputStreamReader(Recordings.class.getResourceAsStream(name), StandardCharsets.US_ASCII))) {
			return reader.lines().filter(line -> !line.startsWith("#")).map(line -> line.split(" ")).toList();
		} catch (IOException e) {
			throw new UncheckedIOException(e);
		}
	}

	/** A hexadecimal column; 0 for an absent one. */
	static long number(String column) {
		return column.equals("-") ? 0 : Long.parseUnsignedLong(column, 16);
	}
}
