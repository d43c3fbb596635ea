package mshv.tck.interrupt;

import java.util.concurrent.Future;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** A guest that halts, and counts the interrupts of two vectors in its memory; runs until it is closed. */
final class CountingGuest implements AutoCloseable {
	/** Vectors. */
	static final int FIRST = 0x50, SECOND = 0x60;
	/** Guest addresses of their counters. */
	static final long FIRST_COUNT = 0x9000, SECOND_COUNT = 0x9008;

	private final Guest guest;
	private Future<Intercept> run;

	CountingGuest(Hypervisor hypervisor) {
		GuestCode code = ApicCode.enable().sti();
		int loop = code.position();
		guest = Guest.inLongMode(hypervisor, code.hlt().jump(loop));
		guest.longMode().handle(FIRST, ApicCode.counting(FIRST_COUNT));
		guest.longMode().handle(SECOND, ApicCode.counting(SECOND_COUNT));
		guest.runToPort();
		runAgain();
	}

	Guest guest() {
		return guest;
	}

	/** @return the run that began last */
	Future<Intercept> run() {
		return run;
	}

	/** Begins the next run; the last one has ended. */
	void runAgain() {
		run = guest.start();
	}

	@Override
	public void close() {
		guest.processor().interrupt();
		Guest.join(run);
		guest.close();
	}
}
