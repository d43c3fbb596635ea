package mshv.backend.emu.apic;

import java.util.concurrent.Future;

/**
 * A task that waits in a queue at most once: to be run later, earlier than it was, or not at all. Its user sees to it that one thread at a
 * time calls; the task may be running meanwhile.
 */
public final class WakeUp {
	private final TimerQueue queue;
	private final Runnable task;
	private Future<?> waiting;

	/** @param task run on the queue's thread */
	public WakeUp(TimerQueue queue, Runnable task) {
		this.queue = queue;
		this.task = task;
	}

	/** Runs the task after so many nanoseconds, instead of when it was to be run. */
	public void after(long delay) {
		cancel();
		waiting = queue.schedule(task, delay);
	}

	/** Takes the task out of the queue: what it refers to is not held any more. */
	public void cancel() {
		if (waiting != null) {
			waiting.cancel(false);
		}
	}
}
