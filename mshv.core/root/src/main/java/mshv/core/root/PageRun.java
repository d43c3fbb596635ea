package mshv.core.root;

import java.util.ArrayList;
import java.util.List;

import mshv.api.abi.MapFlag;

/**
 * Contiguous pages that are mapped in units of one size.
 *
 * @param guestStart first guest page number
 * @param hostStart first host page number
 * @param count number of units
 * @param large units of 2 MiB, else of 4 KiB
 */
record PageRun(long guestStart, long hostStart, int count, boolean large) {
	/** Pages of 4 KiB in a large page. */
	static final int LARGE = 512;

	/** HV_UNMAP_GPA_LARGE_PAGE. */
	private static final int UNMAP_LARGE_PAGE = 2;

	/** Splits a range so that as much of it as possible is in large pages.
	 * @param largePages whether there may be any
	 * @return up to three runs: before, in and after the large pages */
	static List<PageRun> split(long guestPage, long hostPage, int pages, boolean largePages) {
		int head = (int) (-guestPage & LARGE - 1);
		if (!largePages || (hostPage + head) % LARGE != 0 || pages - head < LARGE) {
			return List.of(new PageRun(guestPage, hostPage, pages, false));
		}
		int large = (pages - head) / LARGE;
		int tail = pages - head - large * LARGE;
		List<PageRun> runs = new ArrayList<>(3);
		if (head > 0) {
			runs.add(new PageRun(guestPage, hostPage, head, false));
		}
		runs.add(new PageRun(guestPage + head, hostPage + head, large, true));
		if (tail > 0) {
			runs.add(new PageRun(guestPage + pages - tail, hostPage + pages - tail, tail, false));
		}
		return List.copyOf(runs);
	}

	/** @return the first {@code count} units */
	PageRun first(int units) {
		return new PageRun(guestStart, hostStart, units, large);
	}

	/** @return guest page number of a unit */
	long guestPage(int unit) {
		return guestStart + (long) unit * (large ? LARGE : 1);
	}

	/** @return host page number of a unit */
	long hostPage(int unit) {
		return hostStart + (long) unit * (large ? LARGE : 1);
	}

	/** @return flag of HVCALL_MAP_GPA_PAGES that names the size */
	int mapFlag() {
		return large ? MapFlag.LARGE_PAGE : 0;
	}

	/** @return flag of HVCALL_UNMAP_GPA_PAGES that names the size */
	int unmapFlag() {
		return large ? UNMAP_LARGE_PAGE : 0;
	}
}
