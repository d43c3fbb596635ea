package mshv.backend.emu.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Moments at which the guest may learn that the root has written to its memory, which the root does unannounced: code that was translated
 * before such a moment is to be compared with the memory after it. Any thread.
 */
public final class RootWrites {
	private final AtomicLong calls = new AtomicLong();
	private final AtomicLong exits = new AtomicLong();

	RootWrites() {}

	/** The root makes a hypercall about the partition: what it asks for may be an interrupt that says that it has written. */
	public void called() {
		calls.incrementAndGet();
	}

	/** A processor of several comes back from the root, which may have written in its place; the processor may tell the others. */
	public void returned() {
		exits.incrementAndGet();
	}

	/** @return number of the last {@link #called} */
	public long calls() {
		return calls.get();
	}

	/** @return number of the last {@link #returned} */
	public long exits() {
		return exits.get();
	}
}
