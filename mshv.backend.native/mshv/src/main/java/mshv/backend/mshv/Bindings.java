package mshv.backend.mshv;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvUserIoeventfd;
import mshv.api.abi.MshvUserIrqfd;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;

/** The events of a partition that the driver binds: what it binds is eventfds. Calls are made one at a time. */
final class Bindings {
	private static final String IRQFD = "an interrupt by event";
	private static final String IOEVENTFD = "a doorbell";

	/** An event of an interrupt. */
	private record Irqfd(Event event, int gsi) {}

	private final Descriptor partition;
	private final Supplier<LinuxEvents> events;
	/** What stands for the events of a binding, {@link Irqfd} or {@link DoorbellRequest}. */
	private final Map<Object, List<Eventfd>> bound = new HashMap<>();
	private boolean closed;

	Bindings(Descriptor partition, Supplier<LinuxEvents> events) {
		this.partition = partition;
		this.events = events;
	}

	private LinuxEvents events() {
		partition.requireOpen();
		LinuxEvents present = events.get();
		if (present == null) {
			throw new HypervisorException("nobody makes eventfds", Errno.EOPNOTSUPP);
		}
		return present;
	}

	/** @param resample null for none */
	synchronized void assign(Event event, Event resample, int gsi) {
		LinuxEvents present = events();
		Eventfd known = bound.entrySet().stream().filter(entry -> entry.getKey() instanceof Irqfd other && other.event().equals(event))
			.map(entry -> entry.getValue().getFirst()).findFirst().orElse(null);
		// The driver says what it thinks of one event at two interrupts: it has to be the same eventfd
		Eventfd source = known != null ? known : Eventfd.of(partition.kernel(), present, event);
		Eventfd end = null;
		boolean kept = false;
		try {
			end = resample == null ? null : Eventfd.of(partition.kernel(), present, resample);
			irqfd(source, end, gsi, resample == null ? 0 : MshvUserIrqfd.RESAMPLE);
			kept = true;
			bound.put(new Irqfd(event, gsi), end == null ? List.of(source) : List.of(source, end));
			if (end != null) {
				end.forwardFrom();
			}
			source.forwardTo();
		} finally {
			if (!kept) {
				if (end != null) {
					end.close();
				}
				if (known == null) {
					source.close();
				}
			}
		}
	}

	synchronized void deassign(Event event, int gsi) {
		LinuxEvents present = events();
		List<Eventfd> known = bound.remove(new Irqfd(event, gsi));
		List<Eventfd> eventfds = known != null ? known : List.of(Eventfd.of(partition.kernel(), present, event));
		try {
			// First the way to the driver, so that nothing comes after this
			eventfds.getFirst().stop();
			irqfd(eventfds.getFirst(), null, gsi, MshvUserIrqfd.DEASSIGN);
		} finally {
			eventfds.forEach(Eventfd::close);
		}
	}

	private void irqfd(Eventfd source, Eventfd end, int gsi, int flags) {
		partition.require(IRQFD, MshvIoctl.IRQFD, MshvUserIrqfd.SIZE,
			new MshvUserIrqfd(source.descriptor(), end == null ? 0 : end.descriptor(), gsi, flags)::encode);
	}

	synchronized void assign(DoorbellRequest request) {
		Eventfd eventfd = Eventfd.of(partition.kernel(), events(), request.event());
		boolean kept = false;
		try {
			ioeventfd(request, eventfd, 0);
			kept = true;
			bound.put(request, List.of(eventfd));
			eventfd.forwardFrom();
		} finally {
			if (!kept) {
				eventfd.close();
			}
		}
	}

	/** What rang before this is forwarded before it returns. */
	synchronized void deassign(DoorbellRequest request) {
		List<Eventfd> known = bound.get(request);
		Eventfd eventfd = known != null ? known.getFirst() : Eventfd.of(partition.kernel(), events(), request.event());
		boolean done = false;
		try {
			ioeventfd(request, eventfd, MshvUserIoeventfd.DEASSIGN);
			done = true;
		} finally {
			if (done) {
				bound.remove(request);
			}
			if (done || known == null) {
				eventfd.close();
			}
		}
	}

	private void ioeventfd(DoorbellRequest request, Eventfd eventfd, int flags) {
		OptionalLong match = request.dataMatch();
		int all = flags | (match.isPresent() ? MshvUserIoeventfd.DATAMATCH : 0) | (request.portIo() ? MshvUserIoeventfd.PIO : 0);
		partition.require(IOEVENTFD, MshvIoctl.IOEVENTFD, MshvUserIoeventfd.SIZE,
			new MshvUserIoeventfd(match.orElse(0), request.address(), request.length(), eventfd.descriptor(), all)::encode);
	}

	/** The driver has unbound everything, or is about to: forwards nothing any more. */
	void close() {
		List<List<Eventfd>> left;
		synchronized (this) {
			if (closed) {
				return;
			}
			closed = true;
			left = List.copyOf(bound.values());
			bound.clear();
		}
		left.forEach(eventfds -> eventfds.forEach(Eventfd::close));
	}
}
