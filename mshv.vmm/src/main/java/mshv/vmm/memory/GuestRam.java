package mshv.vmm.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

import mshv.api.MemoryRegion;

/**
 * RAM of a machine, by guest-physical address: from 0 up to 3 GiB, the rest from 4 GiB on.
 * Any thread may read and write; an access outside throws {@link IndexOutOfBoundsException}.
 */
public final class GuestRam implements AutoCloseable {
	/** Where RAM below 4 GiB ends at the latest, in bytes: above are the devices. */
	public static final long LOW_LIMIT = 3L << 30;
	/** Where the rest begins, in bytes. */
	public static final long HIGH_BASE = 4L << 30;

	private final Arena arena = Arena.ofShared();
	private final MemorySegment low;
	private final MemorySegment high;
	private final long lowSize;
	private final long highSize;

	/** Reserves the memory. @param size bytes, a multiple of 4096, not 0
	 * @throws OutOfMemoryError if the host has no more */
	public GuestRam(long size) {
		lowSize = Math.min(size, LOW_LIMIT);
		highSize = size - lowSize;
		try {
			MemorySegment all = AnonymousMemory.allocate(size, arena);
			low = all.asSlice(0, lowSize);
			high = all.asSlice(lowSize);
		} catch (Throwable e) {
			arena.close();
			throw e;
		}
	}

	/** @return size in bytes */
	public long size() {
		return lowSize + highSize;
	}

	/** @return address after the last byte below 4 GiB */
	public long lowEnd() {
		return lowSize;
	}

	/** @return address after the last byte, {@link #HIGH_BASE} if there is none above it */
	public long highEnd() {
		return HIGH_BASE + highSize;
	}

	/** @return the regions to map */
	public List<MemoryRegion> regions() {
		MemoryRegion first = MemoryRegion.ram(0, low);
		return highSize == 0 ? List.of(first) : List.of(first, MemoryRegion.ram(HIGH_BASE, high));
	}

	/** @return true if all bytes from the address on are RAM, without a gap */
	public boolean contains(long address, long length) {
		return fits(address, length, lowSize) || fits(address - HIGH_BASE, length, highSize);
	}

	private static boolean fits(long offset, long length, long size) {
		return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
	}

	/** Copies into the guest. @param address guest-physical address @param bytes source @param offset of the first byte
	 * @param length bytes */
	public void write(long address, byte[] bytes, int offset, int length) {
		MemorySegment.copy(bytes, offset, segment(address, length), JAVA_BYTE, offset(address), length);
	}

	/** Copies into the guest. @param address guest-physical address */
	public void write(long address, byte[] bytes) {
		write(address, bytes, 0, bytes.length);
	}

	/** Zeroes guest memory. @param address guest-physical address @param length bytes */
	public void clear(long address, long length) {
		segment(address, length).asSlice(offset(address), length).fill((byte) 0);
	}

	/** @return a copy of the guest's bytes */
	public byte[] read(long address, int length) {
		return segment(address, length).asSlice(offset(address), length).toArray(JAVA_BYTE);
	}

	/** @param size 1, 2, 4 or 8 @return the value, zero-extended */
	public long readValue(long address, int size) {
		MemorySegment segment = segment(address, size);
		long at = offset(address);
		return switch (size) {
			case 1 -> segment.get(JAVA_BYTE, at) & 0xFFL;
			case 2 -> segment.get(JAVA_SHORT_UNALIGNED, at) & 0xFFFFL;
			case 4 -> segment.get(JAVA_INT_UNALIGNED, at) & 0xFFFFFFFFL;
			default -> segment.get(JAVA_LONG_UNALIGNED, at);
		};
	}

	/** @param size 1, 2, 4 or 8 @param value its low bytes are written */
	public void writeValue(long address, int size, long value) {
		MemorySegment segment = segment(address, size);
		long at = offset(address);
		switch (size) {
			case 1 -> segment.set(JAVA_BYTE, at, (byte) value);
			case 2 -> segment.set(JAVA_SHORT_UNALIGNED, at, (short) value);
			case 4 -> segment.set(JAVA_INT_UNALIGNED, at, (int) value);
			default -> segment.set(JAVA_LONG_UNALIGNED, at, value);
		}
	}

	private MemorySegment segment(long address, long length) {
		if (!contains(address, length)) {
			throw new IndexOutOfBoundsException("%d bytes at 0x%x are not within the guest's memory".formatted(length, address));
		}
		return address < HIGH_BASE ? low : high;
	}

	private static long offset(long address) {
		return address < HIGH_BASE ? address : address - HIGH_BASE;
	}

	/** Frees the memory; nothing may have it mapped any more. */
	@Override
	public void close() {
		arena.close();
	}
}
