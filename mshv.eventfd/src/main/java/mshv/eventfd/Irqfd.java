package mshv.eventfd;

import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.InterruptRequest.Type;
import mshv.api.driver.EventBindings.Target;
import mshv.api.event.Event;

/** An event that asserts an interrupt. It holds a copy of its route, so that firing looks nothing up. */
final class Irqfd {
	private final Event event;
	private final int gsi;
	private final Target target;
	/** Not under this object's monitor: whoever is told may hold what a thread that signals waits for. Null without resampling. */
	private final Gate resampling;
	private Event.Subscription subscription;
	private InterruptRequest route;
	private boolean closed;

	/** @param resample told of the interrupt's end, null for nobody
	 * @param route where the gsi leads now, null if nowhere */
	Irqfd(Event event, Event resample, int gsi, InterruptRequest route, Target target) {
		this.event = event;
		this.gsi = gsi;
		this.route = route;
		this.target = target;
		resampling = resample == null ? null : new Gate(resample::signal);
	}

	boolean isOf(Event other) {
		return event.equals(other);
	}

	int gsi() {
		return gsi;
	}

	/** @return true once its event has ended: it never fires again */
	boolean isDead() {
		return !event.isOpen();
	}

	boolean resamples() {
		return resampling != null;
	}

	/** Starts to listen; an event that is signalled already asserts at once. */
	void open() {
		subscription = event.subscribe(this::fire);
	}

	/** When this returns, every later signal takes the new route, and none is still on its way to the old one. Each that was made before takes
	 * the old one, also if the news of it is late, as that of an eventfd is. */
	synchronized void setRoute(InterruptRequest route) {
		fire();
		this.route = route;
	}

	/** Signals that came since the last time collapse into one interrupt; without a route they are dropped. */
	private synchronized void fire() {
		if (closed || event.drain() == 0 || route == null) {
			return;
		}
		try {
			target.assertInterrupt(route);
		} catch (HypervisorException e) {
			// A device has no use for the hypervisor's refusal
		}
	}

	/** The guest has ended the interrupt: whoever asserts it looks whether it still does. An external interrupt has no end of its own at the
	 * APIC, so it is taken back.
	 * @param ended vector
	 * @return true if this irqfd resamples it */
	boolean interruptEnded(int ended) {
		boolean external;
		synchronized (this) {
			if (closed || route == null || route.vector() != ended) {
				return false;
			}
			external = route.type() == Type.EXTINT;
		}
		if (external) {
			try {
				target.clearInterrupt();
			} catch (HypervisorException e) {
				// The partition is about to end
			}
		}
		resampling.run();
		return true;
	}

	/** When this returns nothing more is asserted, and nobody is told of an end. */
	void close() {
		synchronized (this) {
			closed = true;
		}
		subscription.close();
		if (resampling != null) {
			resampling.close();
		}
	}
}
