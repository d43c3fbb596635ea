package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Argument of MSHV_MODIFY_GPA_HOST_ACCESS (mshv_modify_gpa_host_access).
 *
 * @param acquire the host gets access, else it gives it up
 * @param readable of an acquisition
 * @param writable of an acquisition
 * @param largePages the numbers name the first pages of 2 MiB units
 * @param guestPages guest page numbers, which follow the fixed part
 */
public record MshvModifyGpaHostAccess(boolean acquire, boolean readable, boolean writable, boolean largePages, List<Long> guestPages) {
	/** Size of the fixed part in bytes. */
	public static final int SIZE = 16;
	/** Bits of the flags: {@link #acquire}, {@link #readable}, {@link #writable}, {@link #largePages}. */
	public static final int ACQUIRE = 1, READABLE = 2, WRITABLE = 4, LARGE_PAGE = 8;

	/** Copies the numbers. */
	public MshvModifyGpaHostAccess {
		guestPages = List.copyOf(guestPages);
	}

	/** @return size of the whole in bytes */
	public int size() {
		return SIZE + guestPages.size() * Long.BYTES;
	}

	/** Writes every byte, reserved ones as zero. @param at at least {@link #size} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_BYTE, 0, (byte) ((acquire ? ACQUIRE : 0) | (readable ? READABLE : 0) | (writable ? WRITABLE : 0)
			| (largePages ? LARGE_PAGE : 0)));
		at.set(JAVA_LONG_UNALIGNED, 8, guestPages.size());
		for (int i = 0; i < guestPages.size(); i++) {
			at.set(JAVA_LONG_UNALIGNED, SIZE + (long) i * Long.BYTES, guestPages.get(i));
		}
	}

	/** @return how many numbers follow the fixed part, unsigned */
	public static long count(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, 8);
	}

	/** @return true if every reserved byte and bit of the fixed part is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_LONG_UNALIGNED, 0) & ~(ACQUIRE | READABLE | WRITABLE | LARGE_PAGE)) == 0;
	}

	/** @param at the fixed part @param numbers 8 bytes for each page @return the whole */
	public static MshvModifyGpaHostAccess decode(MemorySegment at, MemorySegment numbers) {
		List<Long> pages = new ArrayList<>();
		for (long offset = 0; offset < numbers.byteSize(); offset += Long.BYTES) {
			pages.add(numbers.get(JAVA_LONG_UNALIGNED, offset));
		}
		int flags = at.get(JAVA_BYTE, 0);
		return new MshvModifyGpaHostAccess((flags & ACQUIRE) != 0, (flags & READABLE) != 0, (flags & WRITABLE) != 0,
			(flags & LARGE_PAGE) != 0, pages);
	}
}
