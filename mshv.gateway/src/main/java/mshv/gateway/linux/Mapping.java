package mshv.gateway.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A line of {@code /proc/PID/maps}: a part of a process's memory.
 *
 * @param start first address
 * @param end address after the last
 * @param protection PROT_ bits: 1 read, 2 write, 4 execute
 * @param shared writes go to the file
 * @param offset of {@code start} in the file
 * @param major device of the file
 * @param minor device of the file
 * @param inode the file, 0 without
 * @param path name of the file, as it was
 */
public record Mapping(long start, long end, int protection, boolean shared, long offset, int major, int minor, long inode, String path) {
	/** @return the mappings of a process, by address; empty if it is gone */
	public static List<Mapping> of(int process) {
		try (var lines = java.nio.file.Files.lines(Path.of("/proc", Integer.toString(process), "maps"))) {
			return lines.map(Mapping::parse).toList();
		} catch (IOException | java.io.UncheckedIOException e) {
			return List.of();
		}
	}

	/** @return the mappings that cover a range without a gap, the first and last cut to it; empty if there is a gap */
	public static List<Mapping> covering(int process, long address, long size) {
		List<Mapping> covering = new ArrayList<>();
		long next = address;
		for (Mapping mapping : of(process)) {
			if (mapping.end <= next) {
				continue;
			}
			if (mapping.start > next) {
				break;
			}
			long end = Math.min(mapping.end, address + size);
			covering.add(mapping.cut(next, end));
			next = end;
			if (next == address + size) {
				return covering;
			}
		}
		return List.of();
	}

	private Mapping cut(long from, long to) {
		return new Mapping(from, to, protection, shared, offset + from - start, major, minor, inode, path);
	}

	/** @return bytes */
	public long size() {
		return end - start;
	}

	/** @return device number as stat gives it */
	public long device() {
		return (minor & 0xFFL) | (major & 0xFFFL) << 8 | (minor & ~0xFFL) << 12;
	}

	static Mapping parse(String line) {
		String[] words = line.split(" +", 6);
		int dash = words[0].indexOf('-');
		int colon = words[3].indexOf(':');
		String rights = words[1];
		int protection = (rights.charAt(0) == 'r' ? 1 : 0) | (rights.charAt(1) == 'w' ? 2 : 0) | (rights.charAt(2) == 'x' ? 4 : 0);
		return new Mapping(Long.parseUnsignedLong(words[0], 0, dash, 16), Long.parseUnsignedLong(words[0], dash + 1, words[0].length(), 16),
			protection, rights.charAt(3) == 's', Long.parseLong(words[2], 16), Integer.parseInt(words[3], 0, colon, 16),
			Integer.parseInt(words[3], colon + 1, words[3].length(), 16), Long.parseLong(words[4]), words.length > 5 ? words[5] : "");
	}
}
