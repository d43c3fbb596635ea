package mshv.api.abi;

import mshv.api.HvStatus;

/** The result value of a hypercall (TLFS 3.8): bits 0-15 status, 32-43 repetitions completed, those before the start included. */
public final class HypercallResult {
	/** What a machine without hypercalls answers. */
	public static final long IMPOSSIBLE = -1;

	private HypercallResult() {}

	/** @return the result of a call without repetitions */
	public static long of(HvStatus status) {
		return status.code();
	}

	/** @param completed repetitions done, those before the start included
	 * @return the result of a repetition call */
	public static long of(HvStatus status, int completed) {
		return status.code() | (completed & 0xFFFL) << 32;
	}

	/** @return the 16-bit status */
	public static int status(long result) {
		return (int) result & 0xFFFF;
	}

	/** @return repetitions done, those before the start included */
	public static int completed(long result) {
		return (int) (result >> 32) & 0xFFF;
	}
}
