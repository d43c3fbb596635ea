package mshv.gateway;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.abi.MshvUserIoeventfd;
import mshv.api.abi.MshvUserIrqfd;
import mshv.api.event.Event;

/** The eventfds that a program has bound to a partition. Calls are made one at a time. */
final class PartitionEvents {
	/** An irqfd: two of the same eventfd and gsi are equal. */
	private record Irqfd(Event event, int gsi) {}

	private final Partition partition;
	/** What is open for each binding: {@link Irqfd} or {@link DoorbellRequest}. */
	private final Map<Object, List<Event>> bound = new HashMap<>();

	PartitionEvents(Partition partition) {
		this.partition = partition;
	}

	long irqfd(Caller caller, long argument) {
		MshvUserIrqfd request = MshvUserIrqfd.decode(caller.read(argument, MshvUserIrqfd.SIZE));
		caller.note(request);
		if ((request.flags() & ~(MshvUserIrqfd.DEASSIGN | MshvUserIrqfd.RESAMPLE)) != 0) {
			return -Errno.EINVAL.number();
		}
		Event event = caller.owner().event(caller, request.descriptor());
		if ((request.flags() & MshvUserIrqfd.DEASSIGN) != 0) {
			try {
				partition.deassignIrqfd(event, request.gsi());
				release(new Irqfd(event, request.gsi()));
			} finally {
				event.close();
			}
			return 0;
		}
		Event resample = null;
		boolean kept = false;
		try {
			resample = (request.flags() & MshvUserIrqfd.RESAMPLE) == 0 ? null : caller.owner().event(caller, request.resampleDescriptor());
			partition.assignIrqfd(event, resample, request.gsi());
			kept = true;
			bound.put(new Irqfd(event, request.gsi()), Stream.of(event, resample).filter(Objects::nonNull).toList());
		} finally {
			if (!kept) {
				event.close();
				if (resample != null) {
					resample.close();
				}
			}
		}
		return 0;
	}

	long ioeventfd(Caller caller, long argument) {
		MemorySegment structure = caller.read(argument, MshvUserIoeventfd.SIZE);
		MshvUserIoeventfd request = MshvUserIoeventfd.decode(structure);
		caller.note(request);
		int known = MshvUserIoeventfd.DATAMATCH | MshvUserIoeventfd.PIO | MshvUserIoeventfd.DEASSIGN;
		if ((request.flags() & ~known) != 0 || !MshvUserIoeventfd.reservedIsZero(structure)) {
			return -Errno.EINVAL.number();
		}
		Event event = caller.owner().event(caller, request.descriptor());
		DoorbellRequest doorbell = new DoorbellRequest(request.address(), request.length(),
			(request.flags() & MshvUserIoeventfd.DATAMATCH) != 0 ? OptionalLong.of(request.dataMatch()) : OptionalLong.empty(),
			(request.flags() & MshvUserIoeventfd.PIO) != 0, event);
		boolean kept = false;
		try {
			if ((request.flags() & MshvUserIoeventfd.DEASSIGN) != 0) {
				partition.deassignIoeventfd(doorbell);
				release(doorbell);
			} else {
				partition.assignIoeventfd(doorbell);
				bound.put(doorbell, List.of(event));
				kept = true;
			}
		} finally {
			if (!kept) {
				event.close();
			}
		}
		return 0;
	}

	private void release(Object binding) {
		List<Event> events = bound.remove(binding);
		if (events != null) {
			events.forEach(Event::close);
		}
	}

	/** Unbinds everything. */
	void close() {
		for (Object binding : List.copyOf(bound.keySet())) {
			try {
				switch (binding) {
					case Irqfd irqfd -> partition.deassignIrqfd(irqfd.event(), irqfd.gsi());
					case DoorbellRequest doorbell -> partition.deassignIoeventfd(doorbell);
					default -> throw new IllegalStateException(binding.toString());
				}
			} catch (HypervisorException e) {
				// Gone with the partition
			}
			release(binding);
		}
	}
}
