package mshv.backend.emu.partition;

import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.apic.WakeUp;
import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.synic.SyntheticTimers;

/**
 * Has the thread that executes a processor see to its timers, so that an idle guest wakes no other: while the processor rests that thread
 * waits for them, as KVM does, and after a long rest it keeps them for some ten thousand instructions more. Within as many a guest that has
 * little to do is on its way to rest again, and has set its timer twice. On that thread.
 */
final class OwnTimers implements WakeUp.Keeper {
	private static final long NEVER = Long.MAX_VALUE;
	/** Nanoseconds of a rest that is long; and what is to come sooner may come before so many instructions have been executed. */
	private static final long LONG = 1_000_000;

	private final Ownership ownership;
	private final Runnable release = this::release;
	private Engine engine;
	private LocalApic apic;
	private SyntheticTimers synthetic;
	private Suspension suspension;

	/** That executed the processor last. */
	private Thread thread;
	private boolean kept;

	OwnTimers(Ownership ownership) {
		this.ownership = ownership;
	}

	void connect(Engine itsEngine, LocalApic itsApic, SyntheticTimers itsTimers, Suspension itsSuspension) {
		engine = itsEngine;
		apic = itsApic;
		synthetic = itsTimers;
		suspension = itsSuspension;
	}

	/** The present thread is to execute the processor. */
	void enter() {
		thread = Thread.currentThread();
	}

	/** The present thread does not execute the processor any more. */
	void leave() {
		if (kept) {
			release();
		}
	}

	/** From any thread. */
	@Override
	public boolean keeps(long delay) {
		return delay >= LONG && thread == Thread.currentThread() && kept && ownership.running();
	}

	private void release() {
		kept = false;
		engine.callNoMore();
		apic.releaseTimer();
		synthetic.release();
	}

	/** Waits for the timers of the processor, which is blocked meanwhile: its state can be borrowed.
	 * @return true if the processor is to be looked at now, false if the root is to wait: no timer runs, or the thread was interrupted */
	boolean await() {
		long delay = Math.min(apic.holdTimer(), synthetic.hold());
		if (delay == NEVER) {
			return false;
		}
		long begin = System.nanoTime();
		boolean ended = suspension.await(delay);
		apic.pollTimer();
		synthetic.poll();
		if (System.nanoTime() - begin < LONG) {
			release();
		} else {
			kept = true;
			engine.callLater(release);
		}
		return ended;
	}
}
