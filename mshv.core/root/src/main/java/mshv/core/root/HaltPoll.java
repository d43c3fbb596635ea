package mshv.core.root;

/**
 * How long the thread of a blocked processor looks out for its kick before it sleeps, as KVM does: waking a thread takes many times longer
 * than most waits of a guest that is busy with a device. It looks longer while waits are short, and not at all after a long one, so an idle
 * guest costs nothing. Belongs to one thread.
 */
final class HaltPoll {
	/** Nanoseconds: a wait that is longer is not worth looking out for. */
	static final long LONGEST = 200_000;
	/** Nanoseconds that are looked out for first. */
	static final long FIRST = 10_000;

	private long window;

	/** @return nanoseconds to look out before sleeping */
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
