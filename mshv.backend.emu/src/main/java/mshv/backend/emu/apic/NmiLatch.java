package mshv.backend.emu.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Non-maskable interrupts that wait for their processor: two at the most (Intel SDM vol. 3, 6.7.1). Any thread. */
final class NmiLatch {
	private static final VarHandle WAITING;

	static {
		try {
			WAITING = MethodHandles.lookup().findVarHandle(NmiLatch.class, "waiting", int.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	private final ApicOwner owner;
	private volatile int waiting;

	NmiLatch(ApicOwner owner) {
		this.owner = owner;
	}

	void clear() {
		waiting = 0;
	}

	/** One is being serviced and one waits; before the first is taken, which hardware does at once, both wait. */
	void add() {
		for (;;) {
			int before = waiting;
			if (before >= (owner.nmiMasked() ? 1 : 2)) {
				// The one that waited may be the one that is serviced by now
				if (before == waiting) {
					return;
				}
			} else if (WAITING.compareAndSet(this, before, before + 1)) {
				return;
			}
		}
	}

	/** @return true if one was waiting; it no longer is */
	boolean take() {
		int before = waiting;
		while (before != 0) {
			if (WAITING.compareAndSet(this, before, before - 1)) {
				return true;
			}
			before = waiting;
		}
		return false;
	}

	boolean pending() {
		return waiting != 0;
	}
}
