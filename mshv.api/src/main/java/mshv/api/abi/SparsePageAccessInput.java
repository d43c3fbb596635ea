package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Fixed input of HVCALL_ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS and HVCALL_RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS; page numbers follow, 8 bytes
 * each.
 *
 * @param hostAccess bit 0 readable, 1 writable
 * @param flags bit 0 make exclusive, 1 make shared, 2 large pages, 3 huge pages
 * @param partitionId partition that releases to, 0 in an acquisition
 */
public record SparsePageAccessInput(int hostAccess, int flags, long partitionId) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, hostAccess);
		at.set(JAVA_INT_UNALIGNED, 4, flags);
		at.set(JAVA_LONG_UNALIGNED, 8, partitionId);
	}

	/** @return the structure at {@code at} */
	public static SparsePageAccessInput decode(MemorySegment at) {
		return new SparsePageAccessInput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_LONG_UNALIGNED, 8));
	}
}
