package mshv.backend.emu.apic;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The thread that wakes timers of all processors of a hypervisor. */
public final class TimerQueue implements AutoCloseable {
	private final ScheduledThreadPoolExecutor executor;

	/** Makes the queue; its thread starts with the first timer. */
	public TimerQueue() {
		executor = new ScheduledThreadPoolExecutor(1, task -> {
			Thread thread = new Thread(task, "mshv-emu-timer");
			thread.setDaemon(true);
			return thread;
		});
		executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		executor.setRemoveOnCancelPolicy(true);
	}

	/** Runs a task later, once, on the queue's thread. After {@link #close} nothing happens.
	 * @param delay nanoseconds, not positive for at once
	 * @return to be cancelled by whoever does not need it any more: the queue holds what waits, and all that it refers to */
	public Future<?> schedule(Runnable task, long delay) {
		try {
			return executor.schedule(task, delay, TimeUnit.NANOSECONDS);
		} catch (RejectedExecutionException closed) {
			if (!executor.isShutdown()) {
				throw closed;
			}
			return CompletableFuture.completedFuture(null);
		}
	}

	/** Drops all tasks and waits for the one that runs. Not to be called by a task. */
	@Override
	public void close() {
		executor.shutdownNow();
		executor.close();
	}
}
