package mshv.core.root;

import java.util.ArrayList;
import java.util.List;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

/**
 * The event bindings of a partition. The piece that makes them may go and come back, or be replaced, while the guest runs: what was
 * bound is remembered and bound again. Nothing that runs because of an event is waited for under the monitor: it may want to change
 * something here.
 */
final class PartitionEvents implements AutoCloseable {
	private final EventBindings.Target target;
	private final List<EventBindings.IrqfdRequest> irqfds = new ArrayList<>();
	private final List<DoorbellRequest> ioeventfds = new ArrayList<>();
	private List<MsiRoute> routes = List.of();
	/** Written under the monitor. */
	private volatile EventBindings bindings;
	private boolean closed;

	PartitionEvents(EventBindings.Target target) {
		this.target = target;
	}

	/** Binds everything with another factory. What is bound twice for a moment does no harm: an irqfd's event is drained once. An event that
	 * is signalled while there is no factory keeps its count, so nothing is lost.
	 * @param factory null if there is none */
	void use(EventBindings.Factory factory) {
		EventBindings old;
		synchronized (this) {
			old = bindings;
			bindings = factory == null || closed ? null
				: factory.create(target, new EventBindings.Bound(routes, List.copyOf(irqfds), List.copyOf(ioeventfds)));
		}
		if (old != null) {
			old.close();
		}
	}

	synchronized void setMsiRouting(List<MsiRoute> table) {
		List<MsiRoute> copy = List.copyOf(table);
		bindings().setMsiRouting(copy);
		routes = copy;
	}

	synchronized void assign(Event event, Event resample, int gsi) {
		bindings().assignIrqfd(event, resample, gsi);
		irqfds.removeIf(irqfd -> !irqfd.event().isOpen());
		irqfds.add(new EventBindings.IrqfdRequest(event, resample, gsi));
	}

	void deassign(Event event, int gsi) {
		EventBindings now;
		synchronized (this) {
			irqfds.removeIf(irqfd -> irqfd.gsi() == gsi && irqfd.event().equals(event));
			now = bindings;
		}
		if (now != null) {
			now.deassignIrqfd(event, gsi);
		}
	}

	synchronized void assign(DoorbellRequest request) {
		bindings().assignIoeventfd(request);
		ioeventfds.add(request);
	}

	void deassign(DoorbellRequest request) {
		EventBindings now;
		synchronized (this) {
			if (!ioeventfds.remove(request)) {
				throw new HypervisorException("no such doorbell at 0x" + Long.toHexString(request.address()), Errno.ENOENT);
			}
			now = bindings;
		}
		if (now != null) {
			try {
				now.deassignIoeventfd(request);
			} catch (HypervisorException e) {
				if (e.errno() != Errno.ENOENT) {
					throw e;
				}
				// The bindings were closed meanwhile, or could not bind it when they came
			}
		}
	}

	/** @return true if the end of the interrupt was told to whoever asserts it */
	boolean interruptEnded(int vector) {
		EventBindings now = bindings;
		return now != null && now.interruptEnded(vector);
	}

	private EventBindings bindings() {
		if (bindings == null) {
			throw new HypervisorException("no event bindings are available", Errno.EOPNOTSUPP);
		}
		return bindings;
	}

	/** Unbinds everything. */
	@Override
	public void close() {
		synchronized (this) {
			closed = true;
			irqfds.clear();
			ioeventfds.clear();
			routes = List.of();
		}
		use(null);
	}
}
