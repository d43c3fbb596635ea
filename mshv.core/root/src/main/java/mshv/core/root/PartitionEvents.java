package mshv.core.root;

import java.util.ArrayList;
import java.util.List;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

/**
 * The event bindings of a partition. The piece that makes them may go and come back, or be replaced, while the guest runs: what was
 * bound is remembered and bound again.
 */
final class PartitionEvents implements AutoCloseable {
	/** An irqfd that was assigned. */
	private record Irqfd(Event event, int gsi) {}

	private final EventBindings.InterruptSink interrupts;
	private final List<Irqfd> irqfds = new ArrayList<>();
	private List<MsiRoute> routes = List.of();
	private EventBindings bindings;
	private boolean closed;

	PartitionEvents(EventBindings.InterruptSink interrupts) {
		this.interrupts = interrupts;
	}

	/** Binds everything with another factory. An event that is signalled meanwhile keeps its count, so nothing is lost.
	 * @param factory null if there is none */
	synchronized void use(EventBindings.Factory factory) {
		if (bindings != null) {
			bindings.close();
			bindings = null;
		}
		if (factory != null && !closed) {
			bindings = factory.create(interrupts);
			bindings.setMsiRouting(routes);
			irqfds.forEach(irqfd -> bindings.assignIrqfd(irqfd.event, irqfd.gsi));
		}
	}

	synchronized void setMsiRouting(List<MsiRoute> table) {
		List<MsiRoute> copy = List.copyOf(table);
		bindings().setMsiRouting(copy);
		routes = copy;
	}

	synchronized void assign(Event event, int gsi) {
		bindings().assignIrqfd(event, gsi);
		irqfds.add(new Irqfd(event, gsi));
	}

	synchronized void deassign(Event event, int gsi) {
		if (bindings != null) {
			bindings.deassignIrqfd(event, gsi);
		}
		irqfds.removeIf(irqfd -> irqfd.event == event && irqfd.gsi == gsi);
	}

	private EventBindings bindings() {
		if (bindings == null) {
			throw new HypervisorException("no event bindings are available", Errno.EOPNOTSUPP);
		}
		return bindings;
	}

	/** Unbinds everything. */
	@Override
	public synchronized void close() {
		closed = true;
		irqfds.clear();
		routes = List.of();
		use(null);
	}
}
