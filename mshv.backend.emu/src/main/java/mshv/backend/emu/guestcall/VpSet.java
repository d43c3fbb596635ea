package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * A set of processors by their indexes (HV_VP_SET). Indexes that no processor has do no harm.
 *
 * @param indexes the processors; null for all that there are
 */
record VpSet(BitSet indexes) {
	/** All processors. */
	static final VpSet ALL = new VpSet(null);

	private static final long SPARSE = 0, EVERYTHING = 1;
	/** Bytes of format and mask of banks. */
	static final int HEADER_SIZE = 16;

	/** @return the set of the processors 0 to 63 in a mask */
	static VpSet of(long mask) {
		return new VpSet(BitSet.valueOf(new long[] {mask}));
	}

	/** @param input call's input
	 * @param at offset of the set
	 * @param bytes of banks that follow its header
	 * @return the set; null if it is not valid */
	static VpSet decode(MemorySegment input, long at, int bytes) {
		long format = input.get(JAVA_LONG_UNALIGNED, at);
		if (format == EVERYTHING) {
			return ALL;
		}
		long mask = input.get(JAVA_LONG_UNALIGNED, at + Long.BYTES);
		if (format != SPARSE || Long.bitCount(mask) != bytes / Long.BYTES) {
			return null;
		}
		long[] banks = new long[Long.SIZE];
		long next = at + HEADER_SIZE;
		for (int bank = 0; bank < banks.length; bank++) {
			if ((mask >>> bank & 1) != 0) {
				banks[bank] = input.get(JAVA_LONG_UNALIGNED, next);
				next += Long.BYTES;
			}
		}
		return new VpSet(BitSet.valueOf(banks));
	}
}
