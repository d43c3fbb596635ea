package mshv.tck.random;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

import mshv.api.Hypervisor;
import mshv.api.Partition;
import mshv.api.conformance.RandomOperations;
import mshv.api.conformance.RandomReport;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;
import mshv.api.event.LinuxEvents;
import mshv.api.hypercall.HypercallInterface;
import mshv.tck.BorrowedServices;

/** Starts the threads of a run, watches over them, and looks for what is left when they have ended. */
@Component
public final class RandomRuns implements RandomOperations {
	private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(60);
	private static final long TICK_MILLIS = 200;
	private static final long END_NANOS = TimeUnit.SECONDS.toNanos(20);
	private static final String THREAD = "mshv-random";

	private final BundleContext context;

	/** @param context where the backend's services are */
	@Activate
	public RandomRuns(BundleContext context) {
		this.context = context;
	}

	@Override
	public synchronized RandomReport run(String backend, Target target, long count, long seed, int threads, LongConsumer progress) {
		try (BorrowedServices services = new BorrowedServices(context)) {
			return run(services, backend, target, count, seed, threads, progress);
		}
	}

	private static RandomReport run(BorrowedServices services, String backend, Target target, long count, long seed, int threads,
		LongConsumer progress) {
		Optional<Hypervisor> hypervisor = services.best(Hypervisor.class, Hypervisor.BACKEND, backend);
		if (hypervisor.isEmpty()) {
			throw new IllegalArgumentException("no backend '" + backend + "'");
		}
		Optional<HypercallInterface> calls = services.best(HypercallInterface.class, HypercallInterface.NAME, backend);
		if (target == Target.HYPERCALL && calls.isEmpty()) {
			return new RandomReport(0, 0, false, List.of());
		}
		EventFactory events = services.best(EventFactory.class, null, null)
			.orElseThrow(() -> new IllegalStateException("no service for events"));
		// What services start once and keep is there from here on
		try (Worker first = new GuestWorker(hypervisor.get(), new Dice(seed))) {
			first.step();
		}
		services.best(LinuxEvents.class, null, null).ifPresent(linux -> subscribe(linux.create()));
		Set<Partition> before = Set.copyOf(hypervisor.get().partitions());
		Set<Thread> known = Set.copyOf(Thread.getAllStackTraces().keySet());
		List<Hand> hands = new ArrayList<>();
		try (SharedGuests shared = new SharedGuests(hypervisor.get(), events)) {
			for (int i = 0; i < threads; i++) {
				Dice dice = new Dice(seed * 64 + i);
				Worker worker = switch (target) {
					case API -> new ApiWorker(hypervisor.get(), events, shared, dice);
					case HYPERCALL -> new HypercallWorker(calls.get(), before.stream().map(Partition::id).collect(Collectors.toSet()), dice);
					case GUEST -> new GuestWorker(hypervisor.get(), dice);
				};
				hands.add(new Hand(worker, count / threads + (i < count % threads ? 1 : 0)));
			}
			hands.forEach(hand -> hand.thread.start());
			watch(hands, progress);
		}
		List<String> faults = new ArrayList<>(hands.stream().map(hand -> hand.fault).filter(fault -> fault != null).toList());
		if (faults.isEmpty()) {
			leaks(hypervisor.get(), before, known).ifPresent(faults::add);
		}
		return new RandomReport(hands.stream().mapToLong(hand -> hand.done.get()).sum(),
			hands.stream().mapToLong(hand -> hand.refused).sum(), true, faults);
	}

	private static void subscribe(Event event) {
		try (event) {
			event.subscribe(() -> {}).close();
		}
	}

	private static void watch(List<Hand> hands, LongConsumer progress) {
		while (hands.stream().anyMatch(hand -> !hand.ended(TICK_MILLIS / hands.size()))) {
			progress.accept(hands.stream().mapToLong(hand -> hand.done.get()).sum());
			boolean stop = hands.stream().anyMatch(hand -> hand.fault != null);
			for (Hand hand : hands) {
				hand.stopped |= stop;
				if (hand.hangs()) {
					hand.fault = "hangs in: " + hand.worker.doing() + "\n" + stack(hand.thread);
					hands.forEach(other -> other.stopped = true);
					return;
				}
			}
		}
	}

	private static String stack(Thread thread) {
		return Arrays.stream(thread.getStackTrace()).map(frame -> "\tat " + frame).collect(Collectors.joining("\n"));
	}

	/** Threads may take a moment to end. */
	private static Optional<String> leaks(Hypervisor hypervisor, Set<Partition> before, Set<Thread> known) {
		List<Long> left = hypervisor.partitions().stream().filter(partition -> !before.contains(partition)).map(Partition::id).toList();
		if (!left.isEmpty()) {
			return Optional.of("partitions that were not closed: " + left);
		}
		long start = System.nanoTime();
		List<Thread> threads = fresh(known);
		while (!threads.isEmpty() && System.nanoTime() - start < END_NANOS) {
			Thread.yield();
			threads = fresh(known);
		}
		return threads.isEmpty() ? Optional.empty()
			: Optional.of(threads.stream().map(thread -> thread.getName() + "\n" + stack(thread))
				.collect(Collectors.joining("\n", "threads that go on: ", "")));
	}

	/** Threads of the Java platform come and go by themselves. */
	private static List<Thread> fresh(Set<Thread> known) {
		Map<Thread, StackTraceElement[]> now = Thread.getAllStackTraces();
		return now.keySet().stream().filter(thread -> !known.contains(thread) && thread.isAlive())
			.filter(thread -> Stream.of(now.get(thread)).anyMatch(frame -> frame.getClassName().startsWith("mshv."))).toList();
	}

	/** A worker on its thread. */
	private static final class Hand implements Runnable {
		private final Worker worker;
		private final long count;
		private final Thread thread = Thread.ofPlatform().name(THREAD).daemon().unstarted(this);
		private final CountDownLatch end = new CountDownLatch(1);
		private final AtomicLong done = new AtomicLong();
		private volatile long since = System.nanoTime();
		private volatile long refused;
		private volatile boolean stopped;
		private volatile String fault;

		Hand(Worker worker, long count) {
			this.worker = worker;
			this.count = count;
		}

		@Override
		public void run() {
			long refusals = 0;
			try (worker) {
				for (long i = 0; i < count && !stopped; i++) {
					since = System.nanoTime();
					if (worker.step() == Worker.Outcome.REFUSED) {
						refusals++;
					}
					done.lazySet(i + 1);
				}
				since = System.nanoTime();
			} catch (Throwable e) {
				fault = "operation " + (done.get() + 1) + " of a thread, " + worker.doing() + ": " + trace(e);
			} finally {
				refused = refusals;
				end.countDown();
			}
		}

		private static String trace(Throwable failure) {
			StringWriter text = new StringWriter();
			failure.printStackTrace(new PrintWriter(text, true));
			return text.toString().strip();
		}

		boolean ended(long millis) {
			try {
				return end.await(Math.max(1, millis), TimeUnit.MILLISECONDS);
			} catch (InterruptedException e) {
				Thread.currentThread().interrupt();
				stopped = true;
				return true;
			}
		}

		boolean hangs() {
			return end.getCount() > 0 && System.nanoTime() - since > HANG_NANOS;
		}
	}
}
