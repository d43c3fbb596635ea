package mshv.vmm.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import mshv.vmm.memory.GuestRam;

/** An ELF executable for x86, 32 or 64 bits (System V ABI). Every field is checked before it is used. */
final class ElfImage {
	private static final int MAGIC = 0x464C457F;
	private static final int CLASS_32 = 1;
	private static final int CLASS_64 = 2;
	private static final int LITTLE_ENDIAN = 1;
	private static final int TYPE_EXECUTABLE = 2;
	private static final int TYPE_SHARED = 3;
	private static final int MACHINE_386 = 3;
	private static final int MACHINE_X86_64 = 62;
	private static final int SEGMENT_LOAD = 1;
	private static final int SEGMENT_NOTE = 4;

	private final BootFile file;
	private final ByteBuffer bytes;
	private final boolean wide;
	private final long entry;
	private final List<Segment> segments = new ArrayList<>();

	/** A program header. */
	private record Segment(int type, long offset, long virtualAddress, long address, long fileSize, long memorySize, long align) {}

	private ElfImage(BootFile file) throws LoadException {
		this.file = file;
		bytes = ByteBuffer.wrap(file.content()).order(ByteOrder.LITTLE_ENDIAN);
		if (bytes.capacity() < 52) {
			throw LoadException.truncated("%s: truncated: %d bytes, an ELF header has 52 or 64", file.name(), bytes.capacity());
		}
		int elfClass = bytes.get(4);
		wide = elfClass == CLASS_64;
		if (elfClass != CLASS_32 && !wide) {
			throw LoadException.image("%s: ELF class %d, expected 1 (32 bits) or 2 (64 bits)", file.name(), elfClass);
		}
		if (bytes.get(5) != LITTLE_ENDIAN) {
			throw LoadException.image("%s: ELF data encoding %d, expected 1 (little-endian)", file.name(), bytes.get(5));
		}
		int machine = bytes.getShort(18) & 0xFFFF;
		if (machine != MACHINE_X86_64 && (wide || machine != MACHINE_386)) {
			throw LoadException.image("%s: ELF for machine %d, expected %s", file.name(), machine,
				wide ? "62 (x86-64)" : "3 (80386) or 62 (x86-64)");
		}
		int type = bytes.getShort(16) & 0xFFFF;
		if (type != TYPE_EXECUTABLE && type != TYPE_SHARED) {
			throw LoadException.image("%s: ELF type %d, expected 2 (executable)", file.name(), type);
		}
		if (wide && bytes.capacity() < 64) {
			throw LoadException.truncated("%s: truncated: %d bytes, an ELF header has 64", file.name(), bytes.capacity());
		}
		entry = wide ? bytes.getLong(24) : bytes.getInt(24) & 0xFFFFFFFFL;
		readSegments();
	}

	/** @return the image, or null if the file is not an ELF file at all */
	static ElfImage parse(BootFile file) throws LoadException {
		byte[] content = file.content();
		boolean elf = content.length >= 4 && ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
		return elf ? new ElfImage(file) : null;
	}

	private void readSegments() throws LoadException {
		long table = wide ? bytes.getLong(32) : bytes.getInt(28) & 0xFFFFFFFFL;
		int entrySize = bytes.getShort(wide ? 54 : 42) & 0xFFFF;
		int count = bytes.getShort(wide ? 56 : 44) & 0xFFFF;
		int expected = wide ? 56 : 32;
		if (count == 0) {
			throw LoadException.image("%s: the ELF file has no program headers", file.name());
		}
		if (entrySize != expected) {
			throw LoadException.image("%s: ELF program headers of %d bytes, expected %d", file.name(), entrySize, expected);
		}
		if (!inFile(table, (long) count * entrySize)) {
			throw LoadException.truncated("%s: truncated: %d program headers at 0x%x, but the file has %d bytes", file.name(), count, table,
				bytes.capacity());
		}
		for (int i = 0; i < count; i++) {
			Segment segment = readSegment((int) table + i * entrySize);
			if (segment.type == SEGMENT_LOAD || segment.type == SEGMENT_NOTE) {
				check(i, segment);
				segments.add(segment);
			}
		}
	}

	private Segment readSegment(int at) {
		if (wide) {
			return new Segment(bytes.getInt(at), bytes.getLong(at + 8), bytes.getLong(at + 16), bytes.getLong(at + 24),
				bytes.getLong(at + 32), bytes.getLong(at + 40), bytes.getLong(at + 48));
		}
		return new Segment(bytes.getInt(at), word(at + 4), word(at + 8), word(at + 12), word(at + 16), word(at + 20), word(at + 28));
	}

	private long word(int at) {
		return bytes.getInt(at) & 0xFFFFFFFFL;
	}

	private void check(int number, Segment segment) throws LoadException {
		if (!inFile(segment.offset, segment.fileSize)) {
			throw LoadException.truncated("%s: truncated: segment %d has %d bytes at offset 0x%x, but the file has %d bytes",
				file.name(), number, segment.fileSize, segment.offset, bytes.capacity());
		}
		if (segment.type == SEGMENT_LOAD && (segment.memorySize < segment.fileSize || segment.address < 0
			|| segment.address + segment.memorySize < segment.address)) {
			throw LoadException.image("%s: segment %d has 0x%x bytes in memory at 0x%x, but 0x%x in the file", file.name(), number,
				segment.memorySize, segment.address, segment.fileSize);
		}
	}

	private boolean inFile(long offset, long size) {
		return offset >= 0 && size >= 0 && offset <= bytes.capacity() && size <= bytes.capacity() - offset;
	}

	/** @return true for the 64-bit class */
	boolean wide() {
		return wide;
	}

	/** @return physical address of the entry point: kernels that are linked high may name it by its virtual one */
	long entry() throws LoadException {
		for (Segment segment : segments) {
			long offset = entry - segment.address;
			if (segment.type == SEGMENT_LOAD && offset >= 0 && offset < segment.memorySize) {
				return entry;
			}
		}
		for (Segment segment : segments) {
			long offset = entry - segment.virtualAddress;
			if (segment.type == SEGMENT_LOAD && offset >= 0 && offset < segment.memorySize) {
				return segment.address + offset;
			}
		}
		throw LoadException.image("%s: the entry point 0x%x is in none of the segments", file.name(), entry);
	}

	/** Looks for a note with a number in it.
	 * @return its descriptor as a number of 4 or 8 bytes, or -1 if there is none */
	long findNote(String owner, int type) throws LoadException {
		for (Segment segment : segments) {
			if (segment.type == SEGMENT_NOTE) {
				long value = findNote(segment, owner, type);
				if (value != -1) {
					return value;
				}
			}
		}
		return -1;
	}

	private long findNote(Segment notes, String owner, int type) throws LoadException {
		int align = notes.align == 8 ? 8 : 4;
		long at = notes.offset;
		long end = notes.offset + notes.fileSize;
		while (end - at >= 12) {
			long nameSize = word((int) at);
			long size = word((int) at + 4);
			int noteType = bytes.getInt((int) at + 8);
			long descriptor = at + align(12 + nameSize, align);
			if (descriptor > end || size > end - descriptor) {
				throw LoadException.image("%s: a note at offset 0x%x is longer than its segment", file.name(), at);
			}
			if (noteType == type && isName((int) at + 12, nameSize, owner) && (size == 4 || size == 8)) {
				return size == 4 ? word((int) descriptor) : bytes.getLong((int) descriptor);
			}
			at = descriptor + align(size, align);
		}
		return -1;
	}

	private boolean isName(int at, long size, String owner) {
		if (size != owner.length() + 1) {
			return false;
		}
		for (int i = 0; i < owner.length(); i++) {
			if (bytes.get(at + i) != owner.charAt(i)) {
				return false;
			}
		}
		return true;
	}

	private static long align(long value, int to) {
		return value + to - 1 & -to;
	}

	/** Copies the segments into guest memory.
	 * @param reserved ranges that no segment may touch
	 * @return address after the last byte */
	long load(GuestRam ram, List<Reserved> reserved) throws LoadException {
		List<Segment> loads = segments.stream().filter(segment -> segment.type == SEGMENT_LOAD && segment.memorySize > 0)
			.sorted(Comparator.comparingLong(Segment::address)).toList();
		if (loads.isEmpty()) {
			throw LoadException.image("%s: the ELF file has nothing to load", file.name());
		}
		long end = 0;
		for (Segment segment : loads) {
			if (segment.address < end) {
				throw LoadException.image("%s: the segment at 0x%x overlaps the one before it, which ends at 0x%x", file.name(),
					segment.address, end);
			}
			end = segment.address + segment.memorySize;
			Reserved.check(file.name(), reserved, segment.address, segment.memorySize);
			if (!ram.contains(segment.address, segment.memorySize)) {
				throw LoadException.memory("%s: a segment needs memory from 0x%x to 0x%x, the machine has %d MiB", file.name(),
					segment.address, end, ram.size() >> 20);
			}
		}
		for (Segment segment : loads) {
			ram.write(segment.address, file.content(), (int) segment.offset, (int) segment.fileSize);
			ram.clear(segment.address + segment.fileSize, segment.memorySize - segment.fileSize);
		}
		return end;
	}
}
