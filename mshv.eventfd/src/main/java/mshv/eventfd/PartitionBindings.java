package mshv.eventfd;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.MsiRoute;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

/** The irqfds, routes and ioeventfds of one partition. */
final class PartitionBindings implements EventBindings {
	private static final System.Logger LOG = System.getLogger(PartitionBindings.class.getName());

	private final Target target;
	private final Consumer<PartitionBindings> onClose;
	private final List<Irqfd> irqfds = new ArrayList<>();
	private final List<Ioeventfd> ioeventfds = new ArrayList<>();
	/** Those that want to know of an interrupt's end; replaced, never changed, because processors read it between two runs. */
	private volatile List<Irqfd> resamplers = List.of();
	private RoutingTable routes;
	private boolean closed;

	/** @param bound what is bound from the start: of it only what the hypervisor refuses is left out */
	PartitionBindings(Target target, Bound bound, Consumer<PartitionBindings> onClose) {
		this.target = target;
		this.onClose = onClose;
		routes = RoutingTable.of(bound.routes());
		bound.irqfds().forEach(irqfd -> add(irqfd.event(), irqfd.resample(), irqfd.gsi()));
		for (DoorbellRequest request : bound.ioeventfds()) {
			try {
				ioeventfds.add(Ioeventfd.open(request, target));
			} catch (HypervisorException e) {
				LOG.log(Level.WARNING, "the doorbell at 0x" + Long.toHexString(request.address()) + " is lost", e);
			}
		}
	}

	@Override
	public synchronized void setMsiRouting(List<MsiRoute> table) {
		requireOpen();
		routes = RoutingTable.of(table);
		irqfds.forEach(irqfd -> irqfd.setRoute(routes.interrupt(irqfd.gsi())));
	}

	@Override
	public synchronized void assignIrqfd(Event event, Event resample, int gsi) {
		requireOpen();
		Objects.requireNonNull(event, "event");
		if (!event.isOpen() || resample != null && !resample.isOpen()) {
			throw new HypervisorException("the event is closed", Errno.EBADF);
		}
		irqfds.removeIf(Irqfd::isDead);
		if (irqfds.stream().anyMatch(irqfd -> irqfd.isOf(event))) {
			throw new HypervisorException("the event is bound already", Errno.EBUSY);
		}
		InterruptRequest route = routes.interrupt(gsi);
		if (resample != null && (route == null || !route.levelTriggered())) {
			throw new HypervisorException("gsi " + Integer.toUnsignedString(gsi) + " is not level triggered", Errno.EINVAL);
		}
		add(event, resample, gsi);
	}

	/** Resamplers are listed before anything may fire: the guest may be fast. */
	private void add(Event event, Event resample, int gsi) {
		Irqfd irqfd = new Irqfd(event, resample, gsi, routes.interrupt(gsi), target);
		irqfds.add(irqfd);
		listResamplers();
		irqfd.open();
	}

	private void listResamplers() {
		resamplers = irqfds.stream().filter(Irqfd::resamples).toList();
	}

	/** What runs is waited for without the monitor: it may itself want to change something here. */
	@Override
	public void deassignIrqfd(Event event, int gsi) {
		List<Irqfd> removed;
		synchronized (this) {
			removed = irqfds.stream().filter(irqfd -> irqfd.gsi() == gsi && irqfd.isOf(event)).toList();
			irqfds.removeAll(removed);
			listResamplers();
		}
		removed.forEach(Irqfd::close);
	}

	/** All irqfds of a gsi are told: they share its line. */
	@Override
	public boolean interruptEnded(int vector) {
		boolean told = false;
		for (Irqfd irqfd : resamplers) {
			told |= irqfd.interruptEnded(vector);
		}
		return told;
	}

	@Override
	public synchronized void assignIoeventfd(DoorbellRequest request) {
		requireOpen();
		Ioeventfd.check(request);
		if (ioeventfds.stream().anyMatch(each -> each.collides(request))) {
			throw new HypervisorException("a doorbell is at 0x" + Long.toHexString(request.address()) + " already", Errno.EEXIST);
		}
		ioeventfds.add(Ioeventfd.open(request, target));
	}

	@Override
	public void deassignIoeventfd(DoorbellRequest request) {
		Ioeventfd removed;
		synchronized (this) {
			removed = ioeventfds.stream().filter(each -> each.request().equals(request)).findFirst().orElseThrow(
				() -> new HypervisorException("no such doorbell at 0x" + Long.toHexString(request.address()), Errno.ENOENT));
			ioeventfds.remove(removed);
		}
		removed.doorbell().close();
	}

	@Override
	public void close() {
		List<Irqfd> openIrqfds;
		List<Ioeventfd> openIoeventfds;
		synchronized (this) {
			closed = true;
			openIrqfds = List.copyOf(irqfds);
			openIoeventfds = List.copyOf(ioeventfds);
			irqfds.clear();
			ioeventfds.clear();
			resamplers = List.of();
		}
		openIrqfds.forEach(Irqfd::close);
		openIoeventfds.forEach(each -> each.doorbell().close());
		onClose.accept(this);
	}

	private void requireOpen() {
		if (closed) {
			throw new HypervisorException("the bindings are closed", Errno.EBADF);
		}
	}
}
