package mshv.eventfd.linux;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;

/** The events of eventfds that are open. */
final class EventTable implements LinuxEvents, AutoCloseable {
	/** Which eventfd it is, as long as an event of it is open: the kernel gives its number again afterwards. */
	private record Identity(long id) {
		@Override
		public boolean equals(Object other) {
			return this == other;
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this);
		}
	}

	private final Kernel kernel;
	private final EventLoop loop;
	private final List<LinuxEvent> open = new ArrayList<>();
	private boolean closed;

	EventTable(Kernel kernel) {
		this.kernel = kernel;
		loop = new EventLoop(kernel);
	}

	/** The event has a descriptor of its own, so that whoever closes the one that was given once more hits somebody else's, but never
	 * makes an event write to another file. */
	@Override
	public synchronized Event open(int descriptor) {
		if (closed) {
			throw new HypervisorException("the component has ended", Errno.EBADF);
		}
		Descriptors.Eventfd eventfd = Descriptors.eventfd(descriptor);
		int own;
		try (Arena arena = Arena.ofConfined()) {
			Kernel.Buffers buffers = new Kernel.Buffers(arena);
			own = kernel.duplicate(descriptor, buffers);
			if (own < 0) {
				throw new HypervisorException("descriptor " + descriptor + ": errno " + -own,
					own == -Kernel.EBADF ? Errno.EBADF : Errno.ENOMEM);
			}
			kernel.close(descriptor, buffers);
		}
		LinuxEvent event = new LinuxEvent(kernel, loop, own, eventfd.blocking(), identity(eventfd), this::remove);
		open.add(event);
		return event;
	}

	@Override
	public Event create() {
		int descriptor;
		try (Arena arena = Arena.ofConfined()) {
			descriptor = kernel.eventfd(new Kernel.Buffers(arena));
		}
		if (descriptor < 0) {
			throw new HypervisorException("eventfd: errno " + -descriptor, Errno.ENOMEM);
		}
		return open(descriptor);
	}

	@Override
	public int duplicate(Event event) {
		if (!(event instanceof LinuxEvent own)) {
			return -1;
		}
		try (Arena arena = Arena.ofConfined()) {
			return own.duplicate(new Kernel.Buffers(arena));
		}
	}

	private Object identity(Descriptors.Eventfd eventfd) {
		if (eventfd.identified()) {
			for (LinuxEvent event : open) {
				if (event.identity() instanceof Identity identity && identity.id == eventfd.id()) {
					return identity;
				}
			}
		}
		return new Identity(eventfd.id());
	}

	private synchronized void remove(LinuxEvent event) {
		open.removeIf(each -> each == event);
	}

	/** Closes every event, then ends the thread. */
	@Override
	public void close() {
		List<LinuxEvent> left;
		synchronized (this) {
			closed = true;
			left = List.copyOf(open);
		}
		left.forEach(LinuxEvent::close);
		loop.close();
	}
}
