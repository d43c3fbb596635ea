package mshv.eventfd.linux;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/** Waits, on one thread, for eventfds to be written. The thread starts with the first one. */
final class EventLoop implements AutoCloseable {
	private static final System.Logger LOG = System.getLogger(EventLoop.class.getName());
	private static final int BATCH = 64;
	/** Number of the descriptor that ends the loop. */
	private static final long WAKE = 0;

	private final Kernel kernel;
	private final Arena arena = Arena.ofShared();
	private final Kernel.Buffers buffers = new Kernel.Buffers(arena);
	private final MemorySegment change = arena.allocate(Kernel.EPOLL_EVENT_SIZE, 8);
	/** What to do when an eventfd was written, by the number that it was added with. */
	private final Map<Long, Runnable> actions = new ConcurrentHashMap<>();
	private final int epoll;
	private final int wake;
	private long last = WAKE;
	private Thread thread;
	private volatile boolean closed;
	/** The thread itself has to clean up. Its own. */
	private boolean endedByAction;

	EventLoop(Kernel kernel) {
		this.kernel = kernel;
		epoll = require("epoll_create1", kernel.epollCreate(buffers));
		wake = require("eventfd", kernel.eventfd(buffers));
		require("epoll_ctl", kernel.epollControl(epoll, Kernel.ADD, wake, Kernel.IN, WAKE, buffers, change));
	}

	private static int require(String call, int result) {
		if (result < 0) {
			throw new HypervisorException(call + ": errno " + -result, result == -Kernel.EBADF ? Errno.EBADF : Errno.EIO);
		}
		return result;
	}

	/** Begins to wait for a descriptor.
	 * @param action called on the loop's thread after the eventfd was written; soon, if its counter is not 0 now
	 * @return number by which to {@link #remove} it */
	synchronized long add(int descriptor, Runnable action) {
		if (closed) {
			throw new HypervisorException("the component has ended", Errno.EBADF);
		}
		long number = ++last;
		actions.put(number, action);
		int result = kernel.epollControl(epoll, Kernel.ADD, descriptor, Kernel.IN | Kernel.EDGE, number, buffers, change);
		if (result < 0) {
			actions.remove(number);
			require("epoll_ctl", result);
		}
		if (thread == null) {
			thread = Thread.ofPlatform().daemon().name("mshv-eventfd").start(this::run);
		}
		return number;
	}

	/** Waits for a descriptor no more. A call of its action may still be under way. */
	synchronized void remove(int descriptor, long number) {
		actions.remove(number);
		if (!closed) {
			kernel.epollControl(epoll, Kernel.DELETE, descriptor, 0, number, buffers, change);
		}
	}

	private void run() {
		try (Arena own = Arena.ofConfined()) {
			Kernel.Buffers mine = new Kernel.Buffers(own);
			MemorySegment events = own.allocate((long) BATCH * Kernel.EPOLL_EVENT_SIZE, 8);
			while (!closed) {
				int count = kernel.epollWait(epoll, events, mine);
				if (count < 0 && count != -Kernel.EINTR) {
					LOG.log(Level.ERROR, "epoll_wait: errno {0}: events of other processes are not noticed any more", -count);
					return;
				}
				for (int i = 0; i < count && !closed; i++) {
					written(Kernel.data(events, i));
				}
			}
		}
		if (endedByAction) {
			free();
		}
	}

	/** What was removed since has no action any more. */
	private void written(long number) {
		Runnable action = actions.get(number);
		if (action != null) {
			try {
				action.run();
			} catch (RuntimeException e) {
				LOG.log(Level.ERROR, "a listener of an eventfd", e);
			}
		}
	}

	/** Ends the thread; when this returns no action is running, unless it is the caller. */
	@Override
	public void close() {
		Thread running;
		synchronized (this) {
			if (closed) {
				return;
			}
			closed = true;
			actions.clear();
			running = thread;
			kernel.write(wake, 1, buffers);
		}
		if (running == Thread.currentThread()) {
			endedByAction = true;
		} else {
			join(running);
			free();
		}
	}

	private void free() {
		kernel.close(wake, buffers);
		kernel.close(epoll, buffers);
		arena.close();
	}

	private static void join(Thread thread) {
		boolean interrupted = false;
		while (thread != null) {
			try {
				thread.join();
				thread = null;
			} catch (InterruptedException e) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}
}
