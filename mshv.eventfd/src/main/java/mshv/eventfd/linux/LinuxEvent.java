package mshv.eventfd.linux;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import mshv.api.event.Event;
import mshv.eventfd.Listener;

/** An event that is an eventfd. */
final class LinuxEvent implements Event {
	private static final System.Logger LOG = System.getLogger(LinuxEvent.class.getName());

	private final Kernel kernel;
	private final EventLoop loop;
	private final int descriptor;
	private final boolean blocking;
	/** Which eventfd it is: the same object for all events of it. */
	private final Object identity;
	private final Consumer<LinuxEvent> onClose;
	private final Arena arena = Arena.ofShared();
	private final Kernel.Buffers buffers = new Kernel.Buffers(arena);
	private final List<Listener> listeners = new CopyOnWriteArrayList<>();
	/** Held for every use of the descriptor and the buffers; never while a listener runs. */
	private final ReentrantLock calls = new ReentrantLock();
	/** Number in the loop, 0 while nobody listens. */
	private long registration;
	private volatile boolean closed;

	/** @param descriptor of an eventfd, nobody else's
	 * @param blocking whether a write to it may wait */
	LinuxEvent(Kernel kernel, EventLoop loop, int descriptor, boolean blocking, Object identity, Consumer<LinuxEvent> onClose) {
		this.kernel = kernel;
		this.loop = loop;
		this.descriptor = descriptor;
		this.blocking = blocking;
		this.identity = identity;
		this.onClose = onClose;
	}

	@Override
	public void signal() {
		calls.lock();
		try {
			// A full counter is as good as one more: whoever reads it is told
			if (closed || blocking && kernel.poll(descriptor, Kernel.OUT, buffers) == 0) {
				return;
			}
			int result = kernel.write(descriptor, 1, buffers);
			if (result < 0 && result != -Kernel.EAGAIN) {
				LOG.log(Level.WARNING, "writing the eventfd at descriptor {0}: errno {1}", descriptor, -result);
			}
		} finally {
			calls.unlock();
		}
	}

	@Override
	public long drain() {
		calls.lock();
		try {
			if (closed) {
				return 0;
			}
			int result = kernel.readNow(descriptor, buffers);
			if (result < 0 && result != -Kernel.EAGAIN && result != -Kernel.EINTR) {
				LOG.log(Level.WARNING, "reading the eventfd at descriptor {0}: errno {1}", descriptor, -result);
			}
			return result < 0 ? 0 : buffers.value();
		} finally {
			calls.unlock();
		}
	}

	/** The loop waits before the counter is looked at, so a signal is seen by at least one of the two. */
	@Override
	public Subscription subscribe(Runnable action) {
		Listener listener = new Listener(Objects.requireNonNull(action, "listener"), this::remove);
		boolean signalled;
		calls.lock();
		try {
			if (!closed) {
				if (registration == 0) {
					registration = loop.add(descriptor, this::written);
				}
				listeners.add(listener);
			}
			signalled = !closed && (kernel.poll(descriptor, Kernel.IN, buffers) & Kernel.IN) != 0;
		} finally {
			calls.unlock();
		}
		if (closed) {
			listener.close();
		} else if (signalled) {
			listener.run();
		}
		return listener;
	}

	private void remove(Listener listener) {
		calls.lock();
		try {
			listeners.remove(listener);
			if (listeners.isEmpty()) {
				unregister();
			}
		} finally {
			calls.unlock();
		}
	}

	private void unregister() {
		if (registration != 0) {
			loop.remove(descriptor, registration);
			registration = 0;
		}
	}

	private void written() {
		for (Listener listener : listeners) {
			listener.run();
		}
	}

	@Override
	public boolean isOpen() {
		return !closed;
	}

	@Override
	public void close() {
		calls.lock();
		try {
			if (closed) {
				return;
			}
			closed = true;
			unregister();
			kernel.close(descriptor, buffers);
			arena.close();
		} finally {
			calls.unlock();
		}
		onClose.accept(this);
		listeners.forEach(Listener::close);
	}

	/** Two events of one eventfd are equal, as the driver knows an eventfd whatever its descriptor. */
	@Override
	public boolean equals(Object other) {
		return other instanceof LinuxEvent event && event.identity == identity;
	}

	@Override
	public int hashCode() {
		return System.identityHashCode(identity);
	}

	/** @return another descriptor of the eventfd, -1 if there is none */
	int duplicate(Kernel.Buffers own) {
		calls.lock();
		try {
			return closed ? -1 : Math.max(-1, kernel.duplicate(descriptor, own));
		} finally {
			calls.unlock();
		}
	}

	Object identity() {
		return identity;
	}

	@Override
	public String toString() {
		return "eventfd at descriptor " + descriptor;
	}
}
