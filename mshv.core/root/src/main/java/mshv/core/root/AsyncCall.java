package mshv.core.root;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;

/** The asynchronous call of a partition: the hypervisor allows one at a time. */
final class AsyncCall {
	/** Not the monitor: the completion must get through while the call is still being made. */
	private final ReentrantLock oneAtATime = new ReentrantLock();
	private HvStatus completion;
	private boolean closed;

	/** Makes a call and, if it is pending, waits for its completion.
	 * @throws HypervisorException the refusal, whether it came at once or later */
	void make(String name, Runnable call) {
		HvStatus completed = await(() -> pending(call));
		if (completed != null && completed != HvStatus.SUCCESS) {
			throw new HypervisorException(name, completed);
		}
	}

	private static boolean pending(Runnable call) {
		try {
			call.run();
			return false;
		} catch (HypervisorException e) {
			if (e.status() != HvStatus.CALL_PENDING) {
				throw e;
			}
			return true;
		}
	}

	/** Makes a call that tells whether it is pending, and if so waits for its completion.
	 * @return how it was completed, null if it was not pending */
	HvStatus await(BooleanSupplier call) {
		oneAtATime.lock();
		try {
			// Before the call: the completion may be faster than its return. One that nobody waited for is forgotten here
			arm();
			return call.getAsBoolean() ? await() : null;
		} finally {
			oneAtATime.unlock();
		}
	}

	private synchronized void arm() {
		completion = null;
	}

	private synchronized HvStatus await() {
		boolean interrupted = false;
		while (completion == null && !closed) {
			try {
				wait();
			} catch (InterruptedException e) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		return completion == null ? HvStatus.INVALID_PARTITION_ID : completion;
	}

	/** The hypervisor has finished the call. */
	synchronized void completed(HvStatus status) {
		completion = status;
		notifyAll();
	}

	/** Nobody waits for a partition that is gone. */
	synchronized void close() {
		closed = true;
		notifyAll();
	}
}
