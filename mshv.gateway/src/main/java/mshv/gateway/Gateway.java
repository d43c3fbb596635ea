package mshv.gateway;

import java.lang.foreign.Arena;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

import mshv.api.Hypervisor;
import mshv.api.abi.MshvIoctl;
import mshv.api.event.LinuxEvents;
import mshv.gateway.fault.FaultRules;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.LinuxException;
import mshv.gateway.linux.Seccomp;
import mshv.gateway.linux.ThreadStatus;
import mshv.gateway.linux.Tracer;
import mshv.gateway.linux.UnixSocket;
import mshv.gateway.trace.Trace;

/**
 * Serves the programs that launchers bring to it. Launchers come to a socket whose path is the framework property
 * {@code mshv.gateway.socket}; without it the gateway serves nobody.
 */
@Component(service = Gateway.class, immediate = true)
public final class Gateway {
	/** How long a launcher waits for a backend to come, when the platform has just been started. */
	private static final long BACKEND_MILLISECONDS = 20_000;
	/** Shortest time between two looks at the calls that are under way, and the longest, while programs make none. */
	private static final int WATCH_MILLISECONDS = 1, LONGEST_WATCH_MILLISECONDS = 8;
	/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV. */
	private static final Set<Integer> FAULTS = Set.of(4, 5, 7, 8, 11);
	private static final String OK = "ok";

	private final Logger logger;
	private final Map<ServiceReference<Hypervisor>, Hypervisor> hypervisors = new ConcurrentHashMap<>();
	private final Map<Integer, Client> clients = new ConcurrentHashMap<>();
	private final AtomicInteger ids = new AtomicInteger();
	private final String path;
	/** What it takes to serve; null if nobody is served. */
	private final Means means;
	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile LinuxEvents events;

	private int served;
	private boolean stopping;

	/** Begins to listen. @param context of this bundle
	 * @throws LinuxException if the socket's path is taken or cannot be used */
	@Activate
	public Gateway(BundleContext context, @Reference(service = LoggerFactory.class) Logger logger) {
		this.logger = logger;
		path = context.getProperty("mshv.gateway.socket");
		means = path == null ? null : begin();
	}

	/**
	 * What it takes to serve.
	 *
	 * @param stop an eventfd that ends every wait
	 * @param files files of programs
	 * @param tracer follows their threads
	 * @param memory maps their memory
	 * @param threads of the gateway itself
	 */
	private record Means(int stop, OpenFiles files, Tracer tracer, ProgramMemory memory, List<Thread> threads) {}

	private Means begin() {
		try (Arena own = Arena.ofConfined()) {
			Kernel kernel = new Kernel(own);
			int socket = UnixSocket.listen(kernel, path);
			int stop = Files.createEvent(kernel);
			OpenFiles files = new OpenFiles(kernel);
			Tracer tracer = new Tracer(new SignalledCalls(files));
			return new Means(stop, files, tracer, new ProgramMemory(files, tracer), List.of(
				start("launchers", () -> acceptLaunchers(socket, stop)),
				start("closes", () -> watchCloses(files, stop)),
				start("calls", () -> watchCalls(files, stop))));
		}
	}

	private static Thread start(String name, Runnable task) {
		return Thread.ofPlatform().daemon().name("mshv-gateway-" + name).start(task);
	}

	/** Calls that wait end with an error, and so do all later ones of the programs that are served. */
	@Deactivate
	void deactivate() {
		synchronized (this) {
			stopping = true;
			notifyAll();
		}
		if (means == null) {
			return;
		}
		try (Arena own = Arena.ofConfined()) {
			Kernel kernel = new Kernel(own);
			Files.signal(kernel, means.stop());
			awaitNoClients();
			for (Thread thread : means.threads()) {
				thread.join();
			}
			means.tracer().close();
			means.files().close(kernel);
			kernel.close(means.stop());
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	private synchronized void awaitNoClients() throws InterruptedException {
		while (!clients.isEmpty()) {
			// Only a thread that waits for calls sees that there will be none
			clients.values().forEach(Client::letIn);
			wait(WATCH_MILLISECONDS);
		}
	}

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
	synchronized void addHypervisor(ServiceReference<Hypervisor> reference, Hypervisor hypervisor) {
		hypervisors.put(reference, hypervisor);
		notifyAll();
	}

	void removeHypervisor(ServiceReference<Hypervisor> reference) {
		hypervisors.remove(reference);
	}

	/** @return makes events of eventfds, null if nobody can */
	LinuxEvents events() {
		return events;
	}

	OpenFiles files() {
		return means.files();
	}

	ProgramMemory memory() {
		return means.memory();
	}

	Tracer tracer() {
		return means.tracer();
	}

	int stop() {
		return means.stop();
	}

	void log(String what, Throwable e) {
		logger.warn(what, e);
	}

	/** @return whether launchers can come */
	boolean serves() {
		return means != null;
	}

	/** @return programs that are served, by number */
	List<Client> clients() {
		return clients.values().stream().sorted(Comparator.comparing(Client::id)).toList();
	}

	synchronized void ended(Client client) {
		clients.remove(client.id(), client);
		notifyAll();
	}

	/** Waits until at least one program was served and none is left. @return false if none came in the time */
	synchronized boolean awaitIdle(long milliseconds) throws InterruptedException {
		long end = System.currentTimeMillis() + milliseconds;
		while (served == 0 && !stopping) {
			long left = end - System.currentTimeMillis();
			if (left <= 0) {
				return false;
			}
			wait(left);
		}
		while (!clients.isEmpty() && !stopping) {
			wait();
		}
		return true;
	}

	/** What becomes of calls that a signal interrupts: a run ends, everything else is made again, as the driver waits for no signal there. */
	private final class SignalledCalls implements Tracer.Interruptions {
		private final OpenFiles files;

		SignalledCalls(OpenFiles files) {
			this.files = files;
		}

		@Override
		public boolean repeat(int thread, int command) {
			if (command != MshvIoctl.RUN_VP) {
				return true;
			}
			for (ProcessorFile processor : files.processors()) {
				processor.endRunOf(thread);
			}
			return false;
		}

		/** The kernel's driver would lose it, and a monitor that sets a flag and sends a signal would wait for long: the next run ends. What
		 * the thread does to itself is no such signal: virtual machines have faults all the time. */
		@Override
		public void signalled(int thread, int signal) {
			if (!FAULTS.contains(signal) && ThreadStatus.catches(thread, signal)) {
				clients.values().forEach(client -> client.signalled(thread));
			}
		}

		@Override
		public void ended(int thread) {
			clients.values().forEach(client -> client.forget(thread));
		}
	}

	private void acceptLaunchers(int socket, int stop) {
		try (Arena own = Arena.ofConfined()) {
			Kernel kernel = new Kernel(own);
			while (Files.awaitReadable(kernel, socket, stop)) {
				long connection = UnixSocket.accept(kernel, socket);
				if (connection >= 0) {
					start("launcher", () -> serveLauncher((int) connection));
				}
			}
			kernel.close(socket);
			new java.io.File(path).delete();
		}
	}

	/** A request, an answer, then the listener; the launcher has gone over into the program when the connection ends. */
	private void serveLauncher(int connection) {
		try (Arena own = Arena.ofConfined()) {
			Kernel kernel = new Kernel(own);
			UnixSocket socket = UnixSocket.of(kernel, own, connection);
			try {
				UnixSocket.Message asked = socket.receive();
				if (asked == null) {
					return;
				}
				LaunchRequest request = LaunchRequest.decode(asked.bytes());
				Hypervisor hypervisor = hypervisor(request.backend());
				if (hypervisor == null) {
					socket.send(("no backend " + (request.backend().isEmpty() ? "at all" : request.backend()))
						.getBytes(StandardCharsets.UTF_8), -1);
					return;
				}
				FaultRules faults = new FaultRules(request.rules());
				Trace trace = request.trace().isEmpty() ? null : new Trace(Path.of(request.trace()), request.program(),
					hypervisor.backend(), request.memory());
				socket.send(OK.getBytes(StandardCharsets.UTF_8), -1);
				UnixSocket.Message ready = socket.receive();
				if (ready != null && ready.descriptor() >= 0) {
					Seccomp.stayOnProcessor(kernel, ready.descriptor());
					begin(new Client(this, ids.incrementAndGet(), socket.peer(), request, hypervisor, trace, faults, ready.descriptor()));
				}
			} catch (IOException e) {
				socket.send(("writing a trace: " + e).getBytes(StandardCharsets.UTF_8), -1);
			} catch (IllegalArgumentException e) {
				socket.send(e.getMessage().getBytes(StandardCharsets.UTF_8), -1);
			} finally {
				socket.close();
			}
		}
	}

	private synchronized void begin(Client client) {
		clients.put(client.id(), client);
		served++;
		client.start();
	}

	private synchronized Hypervisor hypervisor(String backend) {
		long end = System.currentTimeMillis() + BACKEND_MILLISECONDS;
		while (!stopping) {
			var found = hypervisors.entrySet().stream()
				.filter(entry -> backend.isEmpty() || backend.equals(entry.getKey().getProperty(Hypervisor.BACKEND)))
				.max(Map.Entry.comparingByKey()).map(Map.Entry::getValue);
			long left = end - System.currentTimeMillis();
			if (found.isPresent() || left <= 0) {
				return found.orElse(null);
			}
			try {
				wait(left);
			} catch (InterruptedException e) {
				Thread.currentThread().interrupt();
				return null;
			}
		}
		return null;
	}

	private void watchCloses(OpenFiles files, int stop) {
		try (Arena own = Arena.ofConfined()) {
			files.run(new Kernel(own), stop);
		}
	}

	/** A caller that stops waiting, because of a signal, tells nobody: looks at those whose processor runs. And a call that takes long does not
	 * keep others of its program waiting. */
	private void watchCalls(OpenFiles files, int stop) {
		try (Arena own = Arena.ofConfined()) {
			Kernel kernel = new Kernel(own);
			var scratch = own.allocate(8, 8);
			int wait = WATCH_MILLISECONDS;
			long before = 0;
			while (!Files.awaitSignal(kernel, stop, wait)) {
				long calls = clients.values().stream().mapToLong(client -> client.calls().sum()).sum();
				wait = calls == before ? Math.min(2 * wait, LONGEST_WATCH_MILLISECONDS) : WATCH_MILLISECONDS;
				before = calls;
				clients.values().forEach(Client::letIn);
				for (ProcessorFile processor : files.processors()) {
					processor.endCancelledRun(kernel, scratch);
				}
			}
		}
	}
}
