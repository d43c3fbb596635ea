package mshv.backend.emu.memory;

/**
 * Which guest pages the processors of a partition have accessed and written since this was last cleared.
 * <p>
 * A processor notes an access on its own thread with one plain store, never a read and a write: no note can be lost to another thread's.
 * Everything else is done while no processor runs.
 */
public final class AccessLog {
	/** State of a page: accessed, written. */
	public static final int ACCESSED = 1, DIRTY = 2;
	/** Changes to the state of a page, as the flags of HVCALL_GET_GPA_PAGES_ACCESS_STATES. */
	public static final int CLEAR_ACCESSED = 1, SET_ACCESSED = 2, CLEAR_DIRTY = 4, SET_DIRTY = 8;

	private static final int CHUNK_SHIFT = 9;
	private static final int CHUNK = 1 << CHUNK_SHIFT;
	private static final int CHUNKS = 1 << PhysicalMemory.ADDRESS_BITS - PhysicalMemory.PAGE_SHIFT - CHUNK_SHIFT;

	/** Notes on 512 pages; an array for each kind, as bytes that are stored never touch one another. */
	private static final class Notes {
		final byte[] accessed = new byte[CHUNK];
		final byte[] dirty = new byte[CHUNK];
	}

	private final Notes[] chunks = new Notes[CHUNKS];

	/** A log in which no page has been accessed. */
	public AccessLog() {}

	/** Makes room for notes on a page and its neighbours. To be called before a processor can access it. */
	public void cover(long page) {
		int chunk = (int) (page >>> CHUNK_SHIFT);
		if (chunks[chunk] == null) {
			chunks[chunk] = new Notes();
		}
	}

	/** Notes that a page was read or executed. Nothing happens to a page that is not {@link #cover}ed. */
	public void read(long page) {
		Notes notes = chunks[(int) (page >>> CHUNK_SHIFT)];
		if (notes != null) {
			notes.accessed[(int) page & CHUNK - 1] = 1;
		}
	}

	/** Notes that a page was written. */
	public void written(long page) {
		Notes notes = chunks[(int) (page >>> CHUNK_SHIFT)];
		if (notes != null) {
			notes.accessed[(int) page & CHUNK - 1] = 1;
			notes.dirty[(int) page & CHUNK - 1] = 1;
		}
	}

	/** @return whether the page was written */
	public boolean isDirty(long page) {
		Notes notes = chunks[(int) (page >>> CHUNK_SHIFT)];
		return notes != null && notes.dirty[(int) page & CHUNK - 1] != 0;
	}

	/** @param changes what becomes of the state once it is read
	 * @return state of a page, 0 of one that is not covered */
	public int state(long page, int changes) {
		Notes notes = chunks[(int) (page >>> CHUNK_SHIFT)];
		if (notes == null) {
			return 0;
		}
		int at = (int) page & CHUNK - 1;
		int state = (notes.accessed[at] != 0 ? ACCESSED : 0) | (notes.dirty[at] != 0 ? DIRTY : 0);
		if ((changes & (CLEAR_ACCESSED | SET_ACCESSED)) != 0) {
			notes.accessed[at] = (byte) ((changes & SET_ACCESSED) != 0 ? 1 : 0);
		}
		if ((changes & (CLEAR_DIRTY | SET_DIRTY)) != 0) {
			notes.dirty[at] = (byte) ((changes & SET_DIRTY) != 0 ? 1 : 0);
		}
		return state;
	}
}
