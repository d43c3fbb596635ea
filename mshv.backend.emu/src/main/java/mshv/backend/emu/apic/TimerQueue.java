package mshv.backend.emu.apic;

import java.lang.System.Logger.Level;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that wakes timers of all processors of a hypervisor. Idle guests are what it is busy with, hundreds of times a second and
 * never long enough to stay in a cache: so it does little, and is not woken for what comes after its next task.
 */
public final class TimerQueue implements AutoCloseable {
	private static final System.Logger LOG = System.getLogger(TimerQueue.class.getName());

	/** Longest delay: times that are farther apart cannot be compared. */
	private static final long LONGEST = Long.MAX_VALUE / 2;

	/** A task, and the number that tells it from others that are due at the same time. */
	private record Entry(long due, long number, Runnable task) implements Comparable<Entry> {
		@Override
		public int compareTo(Entry other) {
			return due != other.due ? Long.signum(due - other.due) : Long.compare(number, other.number);
		}
	}

	private final Thread thread = Thread.ofPlatform().daemon().name("mshv-emu-timer").unstarted(this::run);
	private final PriorityQueue<Entry> entries = new PriorityQueue<>();
	private long scheduled;
	private boolean closed;

	/** Runs a task later, once, on the queue's thread; tasks of the same time in this order. After {@link #close} nothing happens.
	 * @param delay nanoseconds, not positive for at once */
	public void schedule(Runnable task, long delay) {
		synchronized (entries) {
			if (closed) {
				return;
			}
			Entry entry = new Entry(System.nanoTime() + Math.clamp(delay, 0, LONGEST), scheduled++, task);
			entries.add(entry);
			if (entries.peek() != entry || Thread.currentThread() == thread) {
				return;
			}
			if (thread.getState() == Thread.State.NEW) {
				thread.start();
			}
		}
		LockSupport.unpark(thread);
	}

	private void run() {
		for (;;) {
			Runnable due = null;
			long wait;
			synchronized (entries) {
				if (closed) {
					return;
				}
				Entry first = entries.peek();
				wait = first == null ? LONGEST : first.due - System.nanoTime();
				if (wait <= 0) {
					due = entries.remove().task;
				}
			}
			if (due == null) {
				LockSupport.parkNanos(this, wait);
			} else {
				run(due);
			}
		}
	}

	private static void run(Runnable task) {
		try {
			task.run();
		} catch (RuntimeException | Error e) {
			LOG.log(Level.ERROR, "a timer", e);
		}
	}

	/** Drops all tasks and waits for the one that runs. Not to be called by a task. */
	@Override
	public void close() {
		synchronized (entries) {
			closed = true;
			entries.clear();
		}
		LockSupport.unpark(thread);
		boolean interrupted = false;
		while (thread.isAlive()) {
			try {
				thread.join();
			} catch (InterruptedException e) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}
}
