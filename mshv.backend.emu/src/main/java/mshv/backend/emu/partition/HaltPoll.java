package mshv.backend.emu.partition;

/**
 * How long a halted processor looks out for an interrupt before it blocks, as under KVM: until the root hears that it is ready again and
 * wakes a thread, many times as much has passed as most waits of a guest take that is busy with a device. It looks longer while waits are
 * short, and not at all after a long one, so an idle guest costs nothing. Belongs to the thread that runs the processor.
 */
final class HaltPoll {
	/** Nanoseconds: a wait that is longer is not worth looking out for. */
	static final long LONGEST = 200_000;
	/** Nanoseconds that are looked out for first. */
	static final long FIRST = 10_000;

	private long window;

	/** @return nanoseconds to look out before blocking */
	long window() {
		return window;
	}

	/** Learns from a wait. @param nanoseconds that it took */
	void waited(long nanoseconds) {
		if (nanoseconds > LONGEST) {
			window = 0;
		} else if (nanoseconds > window) {
			window = Math.clamp(2 * window, FIRST, LONGEST);
		}
	}
}
