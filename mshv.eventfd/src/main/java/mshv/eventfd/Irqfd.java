package mshv.eventfd;

import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.driver.EventBindings.InterruptSink;
import mshv.api.event.Event;

/** An event that asserts an interrupt. It holds a copy of its route, so that firing looks nothing up. */
final class Irqfd {
	private final Event event;
	private final int gsi;
	private final InterruptSink interrupts;
	private Event.Subscription subscription;
	private InterruptRequest route;
	private boolean closed;

	/** @param route where the gsi leads now, null if nowhere */
	Irqfd(Event event, int gsi, InterruptRequest route, InterruptSink interrupts) {
		this.event = event;
		this.gsi = gsi;
		this.route = route;
		this.interrupts = interrupts;
	}

	boolean isOf(Event other) {
		return event == other;
	}

	int gsi() {
		return gsi;
	}

	/** Starts to listen; an event that is signalled already asserts at once. */
	void open() {
		subscription = event.subscribe(this::fire);
	}

	/** When this returns, every later signal takes the new route, and none is still on its way to the old one. */
	synchronized void setRoute(InterruptRequest route) {
		this.route = route;
	}

	/** Signals that came since the last time collapse into one interrupt; without a route they are dropped. */
	private synchronized void fire() {
		if (closed || event.drain() == 0 || route == null) {
			return;
		}
		try {
			interrupts.assertInterrupt(route);
		} catch (HypervisorException e) {
			// A device has no use for the hypervisor's refusal
		}
	}

	/** When this returns nothing more is asserted. */
	void close() {
		synchronized (this) {
			closed = true;
		}
		subscription.close();
	}
}
