package mshv.backend.emu.memory;

import java.util.Arrays;

/**
 * A host page of which some processor has translated instructions. It is divided into 64 granules of 64 bytes; a write is of interest
 * only if it touches a granule with code, so data beside code costs little.
 */
public final class CodePage {
	private static final int GRANULE_SHIFT = 6;

	private final long host;
	/** Guest pages behind which it stands. */
	private volatile long[] pages;
	/** Granules with code, by the number of the user that has translated it. */
	private volatile long[] granules = {};
	private volatile boolean guarded;

	CodePage(long host, long[] pages) {
		this.host = host;
		this.pages = pages;
	}

	/** @return the granules that a range within a page touches, a bit each */
	public static long granules(long address, int size) {
		int first = (int) address >> GRANULE_SHIFT & 63;
		int last = (int) (address + size - 1) >> GRANULE_SHIFT & 63;
		return -1L << first & -1L >>> 63 - last;
	}

	/** @return host address */
	public long host() {
		return host;
	}

	/** @return numbers of the guest pages behind which it stands, not to be changed */
	public long[] pages() {
		return pages;
	}

	/** @return true if no processor can write to the page without asking {@link #holds} */
	public boolean guarded() {
		return guarded;
	}

	/** Notes that no processor can write to the page unasked from now on. */
	public void setGuarded() {
		guarded = true;
	}

	/** @return true if one of the granules holds code of some processor */
	public boolean holds(long some) {
		for (long own : granules) {
			if ((own & some) != 0) {
				return true;
			}
		}
		return false;
	}

	/** @return granules with code of one user */
	long of(int user) {
		long[] all = granules;
		return user < all.length ? all[user] : 0;
	}

	void set(int user, long some) {
		long[] all = Arrays.copyOf(granules, Math.max(granules.length, user + 1));
		all[user] = some;
		granules = all;
	}

	boolean empty() {
		return !holds(-1);
	}

	void addPage(long page) {
		long[] more = Arrays.copyOf(pages, pages.length + 1);
		more[pages.length] = page;
		pages = more;
	}

	void removePage(long page) {
		pages = Arrays.stream(pages).filter(other -> other != page).toArray();
	}
}
