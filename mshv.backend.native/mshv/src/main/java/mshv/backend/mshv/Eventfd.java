package mshv.backend.mshv;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;

/** The eventfd that stands for an event: its own, if it is one, else another that signals are forwarded to, or from. */
final class Eventfd implements AutoCloseable {
	private final Kernel kernel;
	private final Event event;
	/** Null if the event is an eventfd itself. */
	private final Event twin;
	private final int descriptor;
	private Event.Subscription forwarding;
	private boolean from;

	private Eventfd(Kernel kernel, Event event, Event twin, int descriptor) {
		this.kernel = kernel;
		this.event = event;
		this.twin = twin;
		this.descriptor = descriptor;
	}

	static Eventfd of(Kernel kernel, LinuxEvents events, Event event) {
		int own = events.duplicate(event);
		if (own >= 0) {
			return new Eventfd(kernel, event, null, own);
		}
		if (!event.isOpen()) {
			throw new HypervisorException("the event has ended", Errno.EBADF);
		}
		Event twin = events.create();
		int descriptor = events.duplicate(twin);
		if (descriptor < 0) {
			twin.close();
			throw new HypervisorException("an eventfd for an event", Errno.ENOMEM);
		}
		return new Eventfd(kernel, event, twin, descriptor);
	}

	int descriptor() {
		return descriptor;
	}

	/** From here on, signals of the event reach the eventfd; one that is waiting, too. */
	void forwardTo() {
		if (twin != null) {
			forwarding = event.subscribe(() -> {
				if (event.drain() != 0) {
					twin.signal();
				}
			});
		}
	}

	/** From here on, signals of the eventfd reach the event. */
	void forwardFrom() {
		if (twin != null) {
			from = true;
			forwarding = twin.subscribe(this::forward);
		}
	}

	private void forward() {
		for (long left = twin.drain(); left != 0; left--) {
			event.signal();
		}
	}

	/** Forwards nothing any more: after this returns no signal is on its way. */
	void stop() {
		if (forwarding != null) {
			forwarding.close();
			forwarding = null;
			if (from) {
				forward();
			}
		}
	}

	/** Forwards nothing any more, and gives the eventfd up. The event itself stays. */
	@Override
	public void close() {
		stop();
		if (twin != null) {
			twin.close();
		}
		kernel.close(descriptor);
	}
}
