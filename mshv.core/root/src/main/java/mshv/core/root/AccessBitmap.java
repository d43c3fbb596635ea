package mshv.core.root;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;

/** What a partition's guest has accessed, page by page (MSHV_GET_GPAP_ACCESS_BITMAP). */
final class AccessBitmap {
	/** Flags of HVCALL_GET_GPA_PAGES_ACCESS_STATES: what becomes of the state once it is read. */
	private static final int CLEAR_ACCESSED = 1, SET_ACCESSED = 2, CLEAR_DIRTY = 4, SET_DIRTY = 8;
	/** Bits of a page's state. */
	private static final int ACCESSED = 1, DIRTY = 2;
	/** Guest page numbers have 52 bits. */
	private static final long PAGE_LIMIT = 1L << 52;

	private AccessBitmap() {}

	/** @return bit i of element j: page {@code first + 64 * j + i}, before the operation */
	static long[] read(Hypercalls calls, long partition, PageAccess type, PageAccessOperation operation, long first, long count) {
		if (count < 1 || count > Integer.MAX_VALUE || first < 0 || first > PAGE_LIMIT - count) {
			throw new HypervisorException(count + " pages from 0x" + Long.toHexString(first) + " on", Errno.EINVAL);
		}
		long[] bitmap = new long[(int) ((count + Long.SIZE - 1) / Long.SIZE)];
		int wanted = type == PageAccess.DIRTY ? DIRTY : ACCESSED;
		calls.pageAccessStates(partition, flags(type, operation), first, (int) count, (page, state) -> {
			if ((state & wanted) != 0) {
				bitmap[page / Long.SIZE] |= 1L << page;
			}
		});
		return bitmap;
	}

	private static long flags(PageAccess type, PageAccessOperation operation) {
		return switch (operation) {
			case NOOP -> 0;
			case CLEAR -> type == PageAccess.DIRTY ? CLEAR_DIRTY : CLEAR_ACCESSED | CLEAR_DIRTY;
			case SET -> type == PageAccess.DIRTY ? SET_DIRTY | SET_ACCESSED : SET_ACCESSED;
		};
	}
}
