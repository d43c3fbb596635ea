package mshv.tck.random;

import java.util.concurrent.locks.LockSupport;

import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.VirtualProcessor;

/**
 * Ends runs after a while, from a thread of its own. Used by one other thread. It interrupts until the run has ended: the first interrupt
 * may have ended a run of somebody else, who had the processor before.
 */
final class Interrupter implements AutoCloseable {
	private static final long AGAIN_NANOS = 10_000_000;

	/** A processor that is interrupted when the time has come. */
	private record Wish(VirtualProcessor processor, long when) {}

	/** Held while a processor is interrupted: that may suspend it after the run has ended, which nobody is to take for something else. */
	private final Object interrupting = new Object();
	/** Replaced by the interrupter, and forgotten, with the lock. */
	private volatile Wish wish;
	private volatile boolean closed;
	private final Thread thread = Thread.ofPlatform().name("mshv-random-interrupter").daemon().start(this::loop);

	/** Runs a processor, which is interrupted after so many microseconds. @return why it left */
	Intercept run(VirtualProcessor processor, int micros) {
		wish = new Wish(processor, System.nanoTime() + 1000L * micros);
		LockSupport.unpark(thread);
		try {
			return processor.run();
		} finally {
			synchronized (interrupting) {
				wish = null;
			}
		}
	}

	private void loop() {
		while (!closed) {
			Wish next = wish;
			long left = next == null ? Long.MAX_VALUE : next.when - System.nanoTime();
			if (left > 0) {
				LockSupport.parkNanos(this, left);
			} else {
				interrupt(next);
			}
		}
	}

	private void interrupt(Wish due) {
		synchronized (interrupting) {
			if (wish != due) {
				return;
			}
			try {
				due.processor.interrupt();
			} catch (HypervisorException e) {
				// The partition has been closed, which ends the run as well
			}
			wish = new Wish(due.processor, System.nanoTime() + AGAIN_NANOS);
		}
	}

	@Override
	public void close() {
		closed = true;
		LockSupport.unpark(thread);
	}
}
