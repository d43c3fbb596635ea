package mshv.gateway;

import java.lang.foreign.Arena;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.gateway.linux.DeviceNode;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.Listener;
import mshv.gateway.trace.CallName;
import mshv.gateway.trace.TraceEvent;

/**
 * The threads that take a program's calls. One at a time waits for the next call and makes it. Another one is let in before a call that may
 * take long, and during one that does, so every waiting call has a thread, and there is never a hand-over between taking and making.
 */
final class Receivers {
	/** Threads that wait for their turn without anything to do; more end. */
	private static final int MAX_IDLE = 8;
	private static final int OPEN = 2;
	private static final int IOCTL = 16;
	private static final int OPENAT = 257;
	private static final int OPENAT2 = 437;
	private static final int O_CLOEXEC = 0x80000;
	private static final int O_NONBLOCK = 0x800;

	private final Client client;
	private final Semaphore turn = new Semaphore(1);
	/** The thread whose turn it is, while it makes a call. */
	private final AtomicReference<Loop> calling = new AtomicReference<>();
	private final AtomicInteger idle = new AtomicInteger();
	private final AtomicInteger threads = new AtomicInteger();
	private final AtomicInteger names = new AtomicInteger();
	private volatile boolean ended;

	Receivers(Client client) {
		this.client = client;
	}

	/** @return whether no more calls are taken */
	boolean ended() {
		return ended;
	}

	void start() {
		threads.incrementAndGet();
		Thread.ofPlatform().daemon().name("mshv-program-" + client.id() + "-" + names.incrementAndGet()).start(() -> new Loop().run());
	}

	/** Lets another thread in if the one whose turn it is makes a call. */
	void handOver() {
		handOver(calling.get());
	}

	private void handOver(Loop from) {
		if (from != null && calling.compareAndSet(from, null)) {
			if (idle.get() == 0) {
				start();
			}
			turn.release();
		}
	}

	/** A thread's own. */
	private final class Loop {
		private ProgramCaller caller;
		private DeviceNode device;

		void run() {
			try (Arena arena = Arena.ofConfined()) {
				caller = new ProgramCaller(client, arena, () -> handOver(this));
				device = new DeviceNode(caller.memory(), caller.listener(), arena);
				while (!ended && idle.incrementAndGet() <= MAX_IDLE) {
					turn.acquireUninterruptibly();
					idle.decrementAndGet();
					boolean mine = true;
					while (mine && !ended) {
						if (caller.listener().receive()) {
							calling.set(this);
							take();
							mine = calling.compareAndSet(this, null);
						} else {
							ended = true;
							client.interruptRuns();
						}
					}
					if (mine) {
						turn.release();
					}
				}
				if (!ended) {
					idle.decrementAndGet();
				}
				if (threads.decrementAndGet() == 0 && ended) {
					client.ended(caller.kernel());
				}
			}
		}

		private void take() {
			Listener listener = caller.listener();
			caller.begin(null);
			long result;
			try {
				result = switch (listener.number()) {
					case IOCTL -> ioctl();
					case OPEN -> open(listener.argument(0), (int) listener.argument(1));
					case OPENAT -> open(listener.argument(1), (int) listener.argument(2));
					case OPENAT2 -> openWithStructure();
					default -> device.isAsked() ? device.answer() : proceed();
				};
			} catch (HypervisorException e) {
				result = -e.errno().number();
			} catch (RuntimeException | Error e) {
				client.gateway().log("a call of program " + client.id(), e);
				result = -Errno.EIO.number();
			}
			if (result != Caller.ANSWERED && result != Caller.AGAIN && !caller.answer(result) && listener.number() == IOCTL) {
				OpenFile file = client.find(caller, (int) listener.argument(0));
				if (file != null) {
					client.keep(caller.thread(), file, (int) listener.argument(1), listener.argument(2), result);
				}
			}
		}

		private long proceed() {
			caller.listener().proceed();
			return Caller.ANSWERED;
		}

		private long ioctl() {
			Listener listener = caller.listener();
			OpenFile file = client.find(caller, (int) listener.argument(0));
			if (file == null) {
				return proceed();
			}
			client.calls().increment();
			client.know(caller.thread());
			Long answered = client.answered(caller.thread(), file, (int) listener.argument(1), listener.argument(2));
			if (answered != null) {
				return answered;
			}
			return call(file, (int) listener.argument(1), listener.argument(2));
		}

		private long call(OpenFile file, int command, long argument) {
			if (client.trace() != null) {
				caller.begin(new TraceEvent(caller.thread(), file.number(), file.name(), command, argument));
			}
			return make(file, command, argument);
		}

		private long make(OpenFile file, int command, long argument) {
			if (client.faults().isEmpty()) {
				return file.ioctl(caller, command, argument);
			}
			long failed = caller.fail(client.faults().ioctl(command));
			return failed < 0 ? failed : file.ioctl(caller, command, argument);
		}

		private long openWithStructure() {
			// struct open_how begins with the flags
			if (!device.isAt(caller.listener().argument(1))) {
				return proceed();
			}
			return openDevice((int) caller.read(caller.listener().argument(2), 8).get(java.lang.foreign.ValueLayout.JAVA_LONG, 0));
		}

		private long open(long path, int flags) {
			return device.isAt(path) ? openDevice(flags) : proceed();
		}

		private long openDevice(int flags) {
			client.calls().increment();
			if (client.trace() != null) {
				caller.begin(new TraceEvent(caller.thread(), 0, "mshv", CallName.OPEN_NUMBER, flags));
			}
			long failed = caller.fail(client.faults().ioctl(CallName.OPEN_NUMBER));
			return failed < 0 ? failed : client.offer(caller, new DeviceFile(caller), flags & O_NONBLOCK, (flags & O_CLOEXEC) != 0);
		}
	}
}
