package mshv.backend.emu.partition;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Executes processors on threads of the hypervisor, one each: as their suspend registers say, with messages for their intercepts. */
public final class VpThreads implements VpScheduler {
	/** The thread of one processor. */
	private final class Executor implements Runnable {
		private final VirtualProcessor processor;
		private final Thread thread;
		private volatile boolean ready;

		Executor(VirtualProcessor processor) {
			this.processor = processor;
			thread = Thread.ofPlatform().daemon().name("mshv-emu-vp-" + processor.partition().id() + "-" + processor.index())
				.unstarted(this);
		}

		@Override
		public void run() {
			for (;;) {
				int outcome = processor.dispatch(0, 0);
				if (outcome == Dispatch.REFUSED) {
					return;
				}
				if (Dispatch.state(outcome) == Dispatch.BLOCKED) {
					awaitReady();
				} else if (Dispatch.event(outcome) == Dispatch.INTERCEPT) {
					intercepted.accept(processor);
					// The pages are the root's now, until it releases the processor
					if (processor.suspension().blockByIntercept()) {
						awaitReady();
					}
				}
			}
		}

		private void awaitReady() {
			while (!ready) {
				LockSupport.park(this);
			}
			ready = false;
		}

		void wake() {
			ready = true;
			LockSupport.unpark(thread);
		}

		void join() {
			wake();
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

	private final Consumer<VirtualProcessor> intercepted;
	private final Map<VirtualProcessor, Executor> executors = new ConcurrentHashMap<>();

	/** @param intercepted told of each processor whose intercept page has a message; it stands until the root releases it */
	public VpThreads(Consumer<VirtualProcessor> intercepted) {
		this.intercepted = intercepted;
	}

	@Override
	public boolean ofHypervisor() {
		return true;
	}

	@Override
	public void created(VirtualProcessor processor) {
		Executor executor = new Executor(processor);
		executors.put(processor, executor);
		executor.thread.start();
	}

	@Override
	public void ready(VirtualProcessor processor) {
		Executor executor = executors.get(processor);
		if (executor != null) {
			executor.wake();
		}
	}

	@Override
	public void removed(VirtualProcessor processor) {
		Executor executor = executors.remove(processor);
		if (executor != null) {
			executor.join();
		}
	}
}
