package mshv.backend.emu.partition;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import mshv.api.HvStatus;

/**
 * What keeps a processor from being dispatched: its suspend registers, and that the root waits for a signal before it dispatches a
 * blocked processor again. Any thread.
 */
public final class Suspension {
	/** Register name: the root has suspended the processor. */
	public static final int EXPLICIT_SUSPEND = 0;
	/** Register name: the root has not answered an intercept yet. */
	public static final int INTERCEPT_SUSPEND = 1;
	/** Register name: the root's scheduler has suspended the processor. */
	public static final int DISPATCH_SUSPEND = 3;
	/** Register name: number of signals that were sent to the root's scheduler. */
	public static final int ROOT_SIGNAL_COUNT = 0x90014;

	private final VirtualProcessor processor;
	private final Partition partition;
	private final AtomicLong signals = new AtomicLong();

	private volatile boolean explicit = true;
	private volatile boolean byDispatcher;
	/** Changed at every exit, so without a fence: the end of the run publishes it. */
	private final AtomicBoolean byIntercept = new AtomicBoolean();
	/** The root waits for a signal before it dispatches again. */
	private final AtomicBoolean blocked = new AtomicBoolean();
	private volatile boolean closed;
	/** Waits in the root's place while the processor is blocked. */
	private volatile Thread waiter;

	Suspension(VirtualProcessor processor) {
		this.processor = processor;
		partition = processor.partition();
	}

	// Registers

	/** @return true for the names of registers that are accessed here, also while the processor runs */
	public static boolean hasRegister(int name) {
		return name == EXPLICIT_SUSPEND || name == INTERCEPT_SUSPEND || name == DISPATCH_SUSPEND || name == ROOT_SIGNAL_COUNT;
	}

	/** Reads a register that is {@link #hasRegister here}. */
	public long register(int name) {
		return switch (name) {
			case EXPLICIT_SUSPEND -> explicit ? 1 : 0;
			case INTERCEPT_SUSPEND -> byIntercept.get() ? 1 : 0;
			case DISPATCH_SUSPEND -> byDispatcher ? 1 : 0;
			default -> signals.get();
		};
	}

	/** Writes a register that is {@link #hasRegister here}.
	 * @return SUCCESS, or INVALID_REGISTER_VALUE if it cannot have this value */
	public HvStatus setRegister(int name, long value) {
		if (name == ROOT_SIGNAL_COUNT) {
			return value == signals.get() ? HvStatus.SUCCESS : HvStatus.INVALID_REGISTER_VALUE;
		}
		if ((value & ~1L) != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		boolean suspend = value != 0;
		switch (name) {
			case EXPLICIT_SUSPEND -> explicit = suspend;
			case INTERCEPT_SUSPEND -> byIntercept.set(suspend);
			default -> {
				synchronized (signals) {
					byDispatcher = suspend;
				}
			}
		}
		if (suspend) {
			processor.suspended();
			LockSupport.unpark(waiter);
		} else {
			wake();
		}
		return HvStatus.SUCCESS;
	}

	/** @return true if the root has suspended the processor */
	boolean explicit() {
		return explicit;
	}

	/** Ends every run for good. */
	void close() {
		closed = true;
		LockSupport.unpark(waiter);
	}

	/** @return true if the processor has been deleted */
	boolean closed() {
		return closed;
	}

	// On the thread that runs the processor

	/** The root dispatches the processor. @param answered whether it has answered the intercept */
	void dispatched(boolean answered) {
		if (answered) {
			byIntercept.setOpaque(false);
		}
		if (blocked.get()) {
			blocked.set(false);
		}
	}

	/** The processor stands until the root has answered an intercept. */
	void intercepted() {
		byIntercept.setOpaque(true);
	}

	/** @return true until the root has answered the last intercept */
	boolean byIntercept() {
		return byIntercept.get();
	}

	/** Blocks the processor if there is reason to. @return how the run ends, or {@link Dispatch#CONTINUE} */
	int look() {
		if (explicit || byDispatcher) {
			return blockUnlessReleased();
		}
		if (byIntercept.get()) {
			return blockByIntercept() ? Dispatch.outcome(Dispatch.BLOCKED, Dispatch.INTERCEPT) : Dispatch.CONTINUE;
		}
		return partition.stands() ? blockUnlessThawed() : Dispatch.CONTINUE;
	}

	private int blockUnlessReleased() {
		blocked.set(true);
		// Released in between: the release saw no blocked processor and sent no signal
		return explicit || byDispatcher || !unblock() ? Dispatch.outcome(Dispatch.BLOCKED, Dispatch.SUSPEND) : Dispatch.CONTINUE;
	}

	/** After an intercept: blocks the processor until it is released. @return false if it has been released already */
	boolean blockByIntercept() {
		blocked.set(true);
		return byIntercept.get() || !unblock();
	}

	private int blockUnlessThawed() {
		blocked.set(true);
		return partition.stands() || !unblock() ? Dispatch.outcome(Dispatch.BLOCKED, Dispatch.NONE) : Dispatch.CONTINUE;
	}

	/** The root is to wait for a signal. What ends the wait is to be looked at again afterwards: who wakes may have come before. */
	void block() {
		blocked.set(true);
	}

	/** @return false if the signal has been sent meanwhile */
	boolean unblock() {
		return blocked.compareAndSet(true, false);
	}

	/** Waits in the root's place while the processor is blocked: until it is woken or suspended, or so many nanoseconds.
	 * @return true if it is not blocked any more, false if the root is to wait: the thread is interrupted */
	boolean await(long nanoseconds) {
		long begin = System.nanoTime();
		waiter = Thread.currentThread();
		while (blocked.get() && !suspended() && !Thread.currentThread().isInterrupted()) {
			long left = nanoseconds - (System.nanoTime() - begin);
			if (left <= 0) {
				break;
			}
			LockSupport.parkNanos(this, left);
		}
		waiter = null;
		if (blocked.get() && Thread.currentThread().isInterrupted()) {
			return false;
		}
		unblock();
		return true;
	}

	/** @return true while a thread waits in the root's place */
	boolean awaited() {
		return waiter != null;
	}

	private boolean suspended() {
		return explicit || byDispatcher || byIntercept.get() || closed;
	}

	// From other threads

	/** Tells the root's scheduler that a blocked processor can run again. The lock makes the number of signals that the root reads after
	 * it has suspended dispatching final. */
	void wake() {
		if (!blocked.get()) {
			return;
		}
		synchronized (signals) {
			if (suspended() || partition.stands() || !unblock()) {
				return;
			}
			Thread here = waiter;
			if (here != null) {
				LockSupport.unpark(here);
			} else if (partition.host().scheduler().ofHypervisor()) {
				partition.host().scheduler().ready(processor);
			} else if (partition.host().signals().signal(processor)) {
				signals.incrementAndGet();
			}
		}
	}
}
