package mshv.backend.emu.synic;

import static mshv.backend.emu.memory.RawMemory.RAW;

/** A page of event flags, of a guest or of the root: 2048 for each SINT (TLFS 11.8). The receiver clears them at any time. */
public final class EventFlags {
	/** Number of event flags of a SINT. */
	public static final int COUNT = 2048;

	private EventFlags() {}

	/** Sets a flag.
	 * @param page host address of the page
	 * @param flag below {@link #COUNT}
	 * @return true if it was clear */
	public static boolean set(long page, int sint, int flag) {
		long at = page + (long) sint * (COUNT / 8) + (flag >>> 5 << 2);
		int bit = 1 << flag;
		int before;
		do {
			before = RAW.getInt(at);
			if ((before & bit) != 0) {
				return false;
			}
		} while (!RAW.compareAndSetInt(at, before, before | bit));
		return true;
	}
}
