package mshv.gateway;

import java.util.HashMap;
import java.util.Map;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;
import mshv.gateway.trace.Note;

/** Eventfds in the place of those that a program had. Nobody signals them but the guest. */
final class ReplayEvents {
	private final LinuxEvents events;
	/** Descriptors, by the number that the program's eventfd had. */
	private final Map<Long, Integer> descriptors = new HashMap<>();

	ReplayEvents(LinuxEvents events) {
		this.events = events;
	}

	/** @param id as the trace has it, null if it has none
	 * @return the event, to be closed by whoever asked
	 * @throws HypervisorException (EBADF, EINVAL) where the program's descriptor was not open or no eventfd */
	Event open(Kernel kernel, Long id) {
		if (id == null || id == Note.Eventfd.NOT_OPEN) {
			throw new HypervisorException("a descriptor of the program", Errno.EBADF);
		}
		if (id == Note.Eventfd.NO_EVENTFD) {
			throw new HypervisorException("a descriptor of the program is no eventfd", Errno.EINVAL);
		}
		if (events == null) {
			throw new HypervisorException("nobody knows eventfds", Errno.EOPNOTSUPP);
		}
		int own = Files.duplicate(kernel, descriptors.computeIfAbsent(id, _ -> Files.createEvent(kernel)));
		try {
			return events.open(own);
		} catch (RuntimeException e) {
			kernel.close(own);
			throw e;
		}
	}

	void close(Kernel kernel) {
		descriptors.values().forEach(kernel::close);
		descriptors.clear();
	}
}
