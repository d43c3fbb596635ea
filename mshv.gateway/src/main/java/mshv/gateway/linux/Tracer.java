package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows threads of other processes (ptrace), to know when a signal has interrupted a call that waits for an answer: such a call is then
 * made again, or not, whatever the program has said of its handler. Threads run at full speed; only signals stop them, for a moment.
 * All requests are made by one thread, because the kernel wants it so.
 */
public final class Tracer implements AutoCloseable {
	private static final int PTRACE_CONT = 7;
	private static final int PTRACE_SEIZE = 0x4206;
	private static final int PTRACE_INTERRUPT = 0x4207;
	private static final int PTRACE_LISTEN = 0x4208;
	/** PTRACE_EVENT_STOP, where a status has its event. */
	private static final int EVENT_STOP = 128;
	private static final int SIGSTOP = 19;
	private static final int SIGTTOU = 22;
	/** __WALL and __WNOTHREAD: threads too, and only those of the thread that asks. */
	private static final int WAIT_FLAGS = 0x40000000 | 0x20000000;
	/** A real-time signal that nothing in a Java virtual machine uses: ends the wait, so that a request can be made. */
	private static final int WAKE_SIGNAL = 40;
	private static final int NAP_NANOSECONDS = 50_000;

	/** Decides about calls that a signal has interrupted. */
	public interface Interruptions {
		/** A signal has come to a thread that waited in an ioctl of ours. Called by the tracing thread, to return soon.
		 * @return true to have the call made again after the handler, false to have it end with EINTR as the program has asked for */
		boolean repeat(int thread, int command);

		/** A signal comes to a thread that is not in such a call, or in one that is made again. Called by the tracing thread. */
		void signalled(int thread, int signal);

		/** A thread that was followed has ended. */
		void ended(int thread);
	}

	private final Interruptions interruptions;
	private final Queue<FutureTask<?>> requests = new ConcurrentLinkedQueue<>();
	private final Set<Integer> followed = new HashSet<>();
	private final Thread thread;
	private volatile int threadId;
	private volatile boolean closed;

	/** Starts the thread. */
	public Tracer(Interruptions interruptions) {
		this.interruptions = interruptions;
		installWakeHandler();
		thread = Thread.ofPlatform().daemon().name("mshv-gateway-tracer").start(this::run);
	}

	/** The handler is a function of the C library that does nothing to anybody: what counts is that there is one, without SA_RESTART. */
	@SuppressWarnings("restricted")
	private static void installWakeHandler() {
		Linker linker = Linker.nativeLinker();
		MethodHandle sigaction = linker.downcallHandle(linker.defaultLookup().findOrThrow("sigaction"),
			FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment action = arena.allocate(152, 8);
			action.set(ADDRESS, 0, linker.defaultLookup().findOrThrow("abs"));
			int _ = (int) sigaction.invokeExact(WAKE_SIGNAL, action, MemorySegment.NULL);
		} catch (Throwable e) {
			throw new AssertionError("sigaction threw", e);
		}
	}

	/** Begins to follow a thread. @return false if it cannot be, for example because a debugger does */
	public boolean follow(int target) {
		return request(() -> {
			try (Arena arena = Arena.ofConfined()) {
				boolean seized = new Kernel(arena).call(SystemCall.PTRACE, PTRACE_SEIZE, target, 0, 0) == 0;
				if (seized) {
					followed.add(target);
				}
				return seized;
			}
		});
	}

	/** What a stopped thread is made to do. */
	public interface Work {
		/** @param stopped the thread */
		void with(StoppedThread stopped);
	}

	/** Stops a thread that is followed and waits in a call, has something done, and lets it make its call again.
	 * @throws LinuxException if it is not followed, or not in a call (any more) */
	public void stop(int process, int target, Work work) {
		request(() -> {
			if (!followed.contains(target)) {
				throw new LinuxException("thread " + target + " cannot be traced", LinuxException.EPERM);
			}
			try (Arena arena = Arena.ofConfined()) {
				Kernel kernel = new Kernel(arena);
				kernel.require("PTRACE_INTERRUPT", SystemCall.PTRACE, PTRACE_INTERRUPT, target, 0);
				try (StoppedThread stopped = new StoppedThread(kernel, process, target)) {
					work.with(stopped);
				}
			}
			return null;
		});
	}

	private <T> T request(Callable<T> request) {
		FutureTask<T> task = new FutureTask<>(request);
		requests.add(task);
		try (Arena arena = Arena.ofConfined()) {
			Kernel kernel = new Kernel(arena);
			long self = ProcessHandle.current().pid();
			// A signal that comes just before the wait ends nothing: once more
			while (requests.contains(task) && !closed) {
				LockSupport.unpark(thread);
				kernel.call(SystemCall.TGKILL, self, threadId, WAKE_SIGNAL);
				LockSupport.parkNanos(NAP_NANOSECONDS);
			}
			if (closed) {
				task.cancel(false);
			}
			return task.get();
		} catch (ExecutionException e) {
			if (e.getCause() instanceof LinuxException refusal) {
				throw refusal;
			}
			throw new IllegalStateException("tracing", e.getCause());
		} catch (InterruptedException | java.util.concurrent.CancellationException e) {
			throw new LinuxException("tracing ended", LinuxException.EINTR);
		}
	}

	private void run() {
		try (Arena arena = Arena.ofConfined()) {
			Kernel kernel = new Kernel(arena);
			MemorySegment status = arena.allocate(8, 8);
			// The signal may be blocked if whoever started this process had blocked it
			status.set(JAVA_LONG, 0, 1L << WAKE_SIGNAL - 1);
			kernel.call(SystemCall.RT_SIGPROCMASK, 1, status.address(), 0, 8);
			threadId = (int) kernel.call(SystemCall.GETTID, 0, 0, 0);
			while (!closed) {
				for (FutureTask<?> request = requests.poll(); request != null; request = requests.poll()) {
					request.run();
				}
				if (followed.isEmpty()) {
					if (requests.isEmpty() && !closed) {
						LockSupport.park(this);
					}
					continue;
				}
				long stopped = kernel.call(SystemCall.WAIT4, -1, status.address(), WAIT_FLAGS, 0);
				if (stopped > 0) {
					handle(kernel, (int) stopped, status.get(JAVA_INT, 0));
				} else if (stopped != -LinuxException.EINTR) {
					followed.forEach(interruptions::ended);
					followed.clear();
				}
			}
			requests.forEach(request -> request.cancel(false));
		}
	}

	private void handle(Kernel kernel, int target, int status) {
		if ((status & 0xFF) != 0x7F) {
			followed.remove(target);
			interruptions.ended(target);
			return;
		}
		int signal = status >> 8 & 0xFF;
		switch (status >>> 16) {
			case 0 -> {
				StoppedThread.interrupted(kernel, target, signal, interruptions);
				kernel.call(SystemCall.PTRACE, PTRACE_CONT, target, 0, signal);
			}
			// Stopped by the terminal or by SIGSTOP: it stays so until SIGCONT
			case EVENT_STOP -> kernel.call(SystemCall.PTRACE, signal >= SIGSTOP && signal <= SIGTTOU ? PTRACE_LISTEN : PTRACE_CONT, target, 0, 0);
			default -> kernel.call(SystemCall.PTRACE, PTRACE_CONT, target, 0, 0);
		}
	}

	/** Follows nobody any more. */
	@Override
	public void close() {
		closed = true;
		try (Arena arena = Arena.ofConfined()) {
			Kernel kernel = new Kernel(arena);
			while (thread.isAlive()) {
				LockSupport.unpark(thread);
				kernel.call(SystemCall.TGKILL, ProcessHandle.current().pid(), threadId, WAKE_SIGNAL);
				thread.join(1);
			}
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}
}
