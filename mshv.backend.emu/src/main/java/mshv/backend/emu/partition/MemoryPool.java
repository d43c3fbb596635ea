package mshv.backend.emu.partition;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Pages that the root has deposited for a partition's objects. Any thread. */
public final class MemoryPool {
	/** Page numbers of user space: nothing else can be a page of the root. */
	private static final long LAST_PAGE = (1L << 35) - 1;

	private final Set<Long> owned = new HashSet<>();
	private long[] free = new long[64];
	private int count;

	/** A pool without pages. */
	public MemoryPool() {}

	/** Adds a page. @return false if it cannot be a page of the root, or is in the pool already */
	public synchronized boolean deposit(long page) {
		if (page <= 0 || page > LAST_PAGE || !owned.add(page)) {
			return false;
		}
		push(page);
		return true;
	}

	private void push(long page) {
		if (count == free.length) {
			free = Arrays.copyOf(free, 2 * count);
		}
		free[count++] = page;
	}

	/** Gives a page that is not in use back to the root. @return its number, 0 if there is none */
	public synchronized long withdraw() {
		if (count == 0) {
			return 0;
		}
		long page = free[--count];
		owned.remove(page);
		return page;
	}

	/** Takes pages into use. @return their numbers, null if there are not so many: none is taken then */
	synchronized long[] take(int pages) {
		if (count < pages) {
			return null;
		}
		count -= pages;
		return Arrays.copyOfRange(free, count, count + pages);
	}

	/** Takes one page into use. @return its number, 0 if there is none */
	synchronized long take() {
		return count == 0 ? 0 : free[--count];
	}

	/** Takes pages out of use. */
	synchronized void release(long... pages) {
		for (long page : pages) {
			push(page);
		}
	}

	/** @return pages that are not in use */
	public synchronized int available() {
		return count;
	}
}
