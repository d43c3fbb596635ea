package mshv.eventfd;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

/** The irqfds and routes of one partition. */
final class PartitionBindings implements EventBindings {
	private final InterruptSink interrupts;
	private final Consumer<PartitionBindings> onClose;
	private final List<Irqfd> irqfds = new ArrayList<>();
	private RoutingTable routes = RoutingTable.EMPTY;
	private boolean closed;

	PartitionBindings(InterruptSink interrupts, Consumer<PartitionBindings> onClose) {
		this.interrupts = interrupts;
		this.onClose = onClose;
	}

	@Override
	public synchronized void setMsiRouting(List<MsiRoute> table) {
		requireOpen();
		routes = RoutingTable.of(table);
		irqfds.forEach(irqfd -> irqfd.setRoute(routes.interrupt(irqfd.gsi())));
	}

	@Override
	public synchronized void assignIrqfd(Event event, int gsi) {
		requireOpen();
		Objects.requireNonNull(event, "event");
		if (irqfds.stream().anyMatch(irqfd -> irqfd.isOf(event))) {
			throw new HypervisorException("the event is bound already", Errno.EBUSY);
		}
		Irqfd irqfd = new Irqfd(event, gsi, routes.interrupt(gsi), interrupts);
		irqfd.open();
		irqfds.add(irqfd);
	}

	@Override
	public synchronized void deassignIrqfd(Event event, int gsi) {
		irqfds.removeIf(irqfd -> {
			boolean meant = irqfd.isOf(event) && irqfd.gsi() == gsi;
			if (meant) {
				irqfd.close();
			}
			return meant;
		});
	}

	@Override
	public void close() {
		synchronized (this) {
			closed = true;
			irqfds.forEach(Irqfd::close);
			irqfds.clear();
		}
		onClose.accept(this);
	}

	private void requireOpen() {
		if (closed) {
			throw new HypervisorException("the bindings are closed", Errno.EBADF);
		}
	}
}
