package mshv.backend.emu.apic;

import java.util.concurrent.Future;

/**
 * A task that waits in a queue at most once: to be run later, earlier than it was, or not at all. It is lazy: who needs it later than it
 * will come leaves it there, and has it look again. Any thread.
 */
public final class WakeUp {
	/** Who can spare the queue's thread: it is there to do in time what the task does. */
	@FunctionalInterface
	public interface Keeper {
		/** Nobody. */
		Keeper NONE = _ -> false;

		/** @return true if the caller's thread sees to what is to be done in so many nanoseconds, or has it put into the queue */
		boolean keeps(long delay);
	}

	private final TimerQueue queue;
	private final Keeper keeper;
	private final Runnable task;
	/** In the queue. */
	private Future<?> waiting;
	/** When it comes, of {@link System#nanoTime}. */
	private long due;
	private boolean held;

	/** @param task run on the queue's thread */
	public WakeUp(TimerQueue queue, Keeper keeper, Runnable task) {
		this.queue = queue;
		this.keeper = keeper;
		this.task = task;
	}

	/** Runs the task after so many nanoseconds, or before, unless that is kept. */
	public synchronized void within(long delay) {
		if (keeper.keeps(delay)) {
			held = true;
		} else {
			enqueue(delay);
		}
	}

	/** Runs the task after so many nanoseconds, or before. */
	public synchronized void enqueue(long delay) {
		held = false;
		long at = System.nanoTime() + Math.min(delay, Long.MAX_VALUE / 2);
		if (waiting == null || at - due < 0) {
			cancel();
			due = at;
			waiting = queue.schedule(() -> come(at), delay);
		}
	}

	/** Does not run the task until it is asked for again: the caller sees to what it does. */
	public synchronized void hold() {
		held = true;
	}

	/** Takes the task out of the queue: what it refers to is not held any more. */
	public synchronized void cancel() {
		if (waiting != null) {
			waiting.cancel(false);
			waiting = null;
		}
	}

	private void come(long at) {
		synchronized (this) {
			if (waiting == null || at != due) {
				// Cancelled too late
				return;
			}
			waiting = null;
			if (held) {
				return;
			}
		}
		task.run();
	}
}
