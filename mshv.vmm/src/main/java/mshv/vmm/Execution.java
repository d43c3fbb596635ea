package mshv.vmm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.VirtualProcessor;
import mshv.api.abi.PartitionProperty;
import mshv.vmm.Machine.State;
import mshv.vmm.memory.GuestRam;

/**
 * Runs the processors of a machine, each on a thread of its own, until one of them ends it. Safe for use by many threads.
 * <p>
 * To pause, all threads come together; the last one stops the guest's time, executes single steps, and lets the others go.
 */
final class Execution {
	/** How long the console's stream may take to print the rest once the guest has ended. */
	private static final Duration LAST_WORDS = Duration.ofSeconds(5);
	private static final Duration ENOUGH = Duration.ofSeconds(10);

	private enum Wish {
		RUN, PAUSE, STEP, STOP
	}

	private final Partition partition;
	private final List<VirtualProcessor> processors;
	private final GuestRam ram;
	private final SerialConsole console;
	private final List<ProcessorExits> exits = new ArrayList<>();
	private final List<Thread> threads = new ArrayList<>();

	private final ReentrantLock lock = new ReentrantLock();
	private final Condition changed = lock.newCondition();
	private volatile Wish wish = Wish.RUN;
	private volatile Outcome ending;
	private State state = State.CREATED;
	private Outcome outcome;
	/** Threads that have not ended, and those of them that stand still. */
	private int alive, standing;
	/** All stand still, and one of them waits for what comes. */
	private boolean leading;
	/** Pauses that are over. */
	private long pauses;
	private long steps;
	private int stepping;
	private HypervisorException stepFailure;

	Execution(Partition partition, List<VirtualProcessor> processors, GuestRam ram, Board board, SerialConsole console) {
		this.ram = ram;
		this.partition = partition;
		this.processors = processors;
		this.console = console;
		for (VirtualProcessor processor : processors) {
			ProcessorExits handler = board.exits(processor);
			exits.add(handler);
			threads.add(Thread.ofPlatform().daemon().name("mshv-vp-" + partition.id() + "-" + processor.index())
				.unstarted(() -> run(processor, handler)));
		}
	}

	void start() {
		lock.lock();
		try {
			if (state != State.CREATED) {
				throw new IllegalStateException("the machine was started already: it is " + state);
			}
			state = State.RUNNING;
			alive = threads.size();
			threads.forEach(Thread::start);
		} finally {
			lock.unlock();
		}
	}

	State state() {
		lock.lock();
		try {
			return state;
		} finally {
			lock.unlock();
		}
	}

	Optional<Outcome> await(Duration timeout) throws InterruptedException {
		long nanos = timeout.toNanos();
		lock.lockInterruptibly();
		try {
			while (outcome == null && nanos > 0) {
				nanos = changed.awaitNanos(nanos);
			}
			return Optional.ofNullable(outcome);
		} finally {
			lock.unlock();
		}
	}

	void pause() throws InterruptedException {
		lock.lockInterruptibly();
		try {
			if (wish == Wish.STOP) {
				return;
			}
			wish = Wish.PAUSE;
			if (state == State.RUNNING) {
				interrupt();
			}
			while (state == State.RUNNING && wish == Wish.PAUSE) {
				changed.await();
			}
		} finally {
			lock.unlock();
		}
	}

	void resume() {
		lock.lock();
		try {
			if (wish == Wish.PAUSE) {
				wish = Wish.RUN;
				changed.signalAll();
			}
		} finally {
			lock.unlock();
		}
	}

	/** @param processor place in the list */
	void step(int processor) throws InterruptedException {
		lock.lockInterruptibly();
		try {
			// Started paused, or on its way there
			while (state == State.RUNNING && wish == Wish.PAUSE) {
				changed.await();
			}
			if (state != State.PAUSED || wish != Wish.PAUSE) {
				throw new IllegalStateException("only a paused machine can step, this is " + state);
			}
			long step = steps;
			stepping = processor;
			stepFailure = null;
			wish = Wish.STEP;
			changed.signalAll();
			while (steps == step && state == State.PAUSED) {
				changed.await();
			}
			if (stepFailure != null) {
				throw stepFailure;
			}
		} finally {
			lock.unlock();
		}
	}

	/** Asks all threads to end. @return false if that was done before */
	boolean stop() {
		lock.lock();
		try {
			if (state == State.CLOSED || wish == Wish.STOP) {
				return false;
			}
			wish = Wish.STOP;
			if (state == State.CREATED) {
				outcome = new Outcome.Stopped();
			}
			changed.signalAll();
		} finally {
			lock.unlock();
		}
		interrupt();
		return true;
	}

	private void interrupt() {
		console.kick();
		processors.forEach(VirtualProcessor::interrupt);
	}

	/** @return true if no thread runs any more; waits some time for that */
	boolean joined() {
		boolean interrupted = false;
		boolean all = true;
		long deadline = System.nanoTime() + ENOUGH.toNanos();
		for (Thread thread : threads) {
			while (thread.getState() != Thread.State.NEW) {
				try {
					all &= thread.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
					break;
				} catch (InterruptedException e) {
					interrupted = true;
				}
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		return all;
	}

	void closed() {
		lock.lock();
		try {
			state = State.CLOSED;
			changed.signalAll();
		} finally {
			lock.unlock();
		}
	}

	/** What the thread of a processor does. */
	private void run(VirtualProcessor processor, ProcessorExits handler) {
		Outcome result;
		try {
			result = runUntilEnd(processor, handler);
		} catch (HypervisorException e) {
			result = new Outcome.Failed("the hypervisor refuses: " + e.getMessage());
		} catch (RuntimeException | Error e) {
			result = new Outcome.Failed("error in the machine: " + e);
		}
		if (ended(result)) {
			// Nobody prints any more
			console.end(LAST_WORDS);
			lock.lock();
			try {
				outcome = ending;
				state = State.ENDED;
				changed.signalAll();
			} finally {
				lock.unlock();
			}
		}
	}

	/** A thread ends, and the others with it. @return true if it is the last one */
	private boolean ended(Outcome result) {
		boolean first;
		boolean last;
		lock.lock();
		try {
			first = ending == null;
			if (first) {
				ending = result;
			}
			alive--;
			last = alive == 0;
			changed.signalAll();
		} finally {
			lock.unlock();
		}
		if (first && !last) {
			interrupt();
		}
		return last;
	}

	private Outcome runUntilEnd(VirtualProcessor processor, ProcessorExits handler) {
		while (true) {
			if (ending != null) {
				return ending;
			}
			if (wish != Wish.RUN) {
				Outcome end = standStill();
				if (end != null) {
					return end;
				}
				continue;
			}
			if (console.congested()) {
				console.awaitRoom(() -> wish != Wish.RUN || ending != null);
				continue;
			}
			Outcome end = handler.handle(processor.run());
			if (end != null) {
				return end;
			}
		}
	}

	/** @return how the machine ended meanwhile, or null when the processor is to run */
	private Outcome standStill() {
		if (wish == Wish.STOP) {
			return new Outcome.Stopped();
		}
		lock.lock();
		try {
			standing++;
			if (standing < alive) {
				long pause = pauses;
				while (pauses == pause && wish != Wish.STOP && ending == null && (leading || wish != Wish.RUN)) {
					changed.awaitUninterruptibly();
				}
				if (pauses == pause) {
					standing--;
				}
				return wish == Wish.STOP ? new Outcome.Stopped() : ending;
			}
			leading = true;
		} finally {
			lock.unlock();
		}
		try {
			return lead();
		} finally {
			lock.lock();
			try {
				leading = false;
				// From here on nobody stands, though some may not know it before the next pause begins
				standing = 0;
				pauses++;
				changed.signalAll();
			} finally {
				lock.unlock();
			}
		}
	}

	/** The last thread to stand still. @return how the machine ended meanwhile, or null when it is to run */
	private Outcome lead() {
		freezeTime(true);
		while (true) {
			switch (nextWish()) {
				case RUN -> {
					freezeTime(false);
					return null;
				}
				case STEP -> {
					freezeTime(false);
					Outcome end = takeStep();
					if (end != null) {
						return end;
					}
					freezeTime(true);
					stepTaken();
				}
				default -> {
					return new Outcome.Stopped();
				}
			}
		}
	}

	private Wish nextWish() {
		lock.lock();
		try {
			state = State.PAUSED;
			changed.signalAll();
			while (wish == Wish.PAUSE) {
				changed.awaitUninterruptibly();
			}
			if (wish == Wish.RUN) {
				state = State.RUNNING;
			}
			return wish;
		} finally {
			lock.unlock();
		}
	}

	private Outcome takeStep() {
		try {
			Intercept intercept = new SingleStep(partition, processors.get(stepping), ram, () -> wish != Wish.STEP).run();
			return exits.get(stepping).handle(intercept);
		} catch (HypervisorException e) {
			stepFailure = e;
			return null;
		}
	}

	private void stepTaken() {
		lock.lock();
		try {
			steps++;
			if (wish == Wish.STEP) {
				wish = Wish.PAUSE;
			}
			changed.signalAll();
		} finally {
			lock.unlock();
		}
	}

	private void freezeTime(boolean frozen) {
		try {
			partition.setProperty(PartitionProperty.TIME_FREEZE, frozen ? 1 : 0);
		} catch (HypervisorException e) {
			// Without the property a pause is seen by the guest as a gap in time
			if (e.status() != HvStatus.UNKNOWN_PROPERTY) {
				throw e;
			}
		}
	}
}
