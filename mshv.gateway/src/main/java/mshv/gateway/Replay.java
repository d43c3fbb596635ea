package mshv.gateway;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

import org.osgi.service.log.Logger;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.abi.MshvCreateDevice;
import mshv.api.abi.MshvIoctl;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;
import mshv.api.replay.ReplayReport;
import mshv.api.replay.ReplayReport.Difference;
import mshv.api.replay.TraceException;
import mshv.gateway.fault.FaultRules;
import mshv.gateway.linux.Kernel;
import mshv.gateway.trace.CallName;
import mshv.gateway.trace.RecordedCall;
import mshv.gateway.trace.TraceReader;

/**
 * The calls of a trace, made again one after another by the same code that makes those of programs. Only the program is not there: its
 * memory, descriptors and eventfds are what the trace says of them.
 */
final class Replay implements Owner {
	/** EMFILE and ENFILE: that the program could have no more descriptors was not the driver's doing. */
	private static final Set<Long> NO_DESCRIPTOR = Set.of(-24L, -23L);

	private final Hypervisor hypervisor;
	private final FaultRules faults;
	private final Duration patience;
	private final ReplayEvents events;
	private final Comparison comparison;
	private final Logger logger;
	private final AtomicInteger numbers = new AtomicInteger();
	/** The program's files, by their number in the trace. */
	private final Map<Integer, OpenFile> files = new HashMap<>();
	private final Set<OpenFile> all = new HashSet<>();
	/** Partitions whose guest memory is not in the trace any more. */
	private final Set<PartitionFile> unrecorded = new HashSet<>();
	/** Partitions whose guest has run in the trace, but not here: what there is in them is not known. */
	private final Set<PartitionFile> notRun = new HashSet<>();
	private final Arena arena = Arena.ofShared();
	private final ReplayCaller caller = new ReplayCaller(this, arena);
	private final ReplayMemory memory = new ReplayMemory(caller.kernel());
	private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
		Thread.ofPlatform().daemon().name("mshv-replay-clock").factory());
	private boolean hasMemory;
	private String limit = "";
	private long calls;
	private long compared;
	private long resultsOnly;
	private long notMade;

	/** @param events makes eventfds, null if nobody can @param patience longest time for a run */
	Replay(Hypervisor hypervisor, LinuxEvents events, FaultRules faults, Duration patience, Logger logger) {
		this.hypervisor = hypervisor;
		this.logger = logger;
		comparison = new Comparison(patience);
		this.events = new ReplayEvents(events);
		this.faults = faults;
		this.patience = patience;
	}

	/** Makes the calls until one has another outcome, then closes everything. */
	ReplayReport run(TraceReader trace) throws IOException, TraceException {
		try {
			hasMemory = trace.hasMemory();
			Difference difference = null;
			for (RecordedCall call = trace.next(); call != null && difference == null; call = trace.next()) {
				calls++;
				difference = replay(call);
			}
			return new ReplayReport(calls, compared, resultsOnly, notMade, limit, Optional.ofNullable(difference));
		} finally {
			close();
		}
	}

	private void close() {
		clock.shutdownNow();
		Set.copyOf(all).forEach(file -> remove(caller.kernel(), file));
		events.close(caller.kernel());
		memory.close(caller.kernel());
		arena.close();
	}

	/** @return the difference, null if there is none */
	private Difference replay(RecordedCall call) throws TraceException {
		caller.begin(call);
		if (call.command() == CallName.OPEN_NUMBER) {
			return call.made() ? compare(call, null, make(call, () -> offer(caller, new DeviceFile(caller), 0, true))) : notMade();
		}
		OpenFile file = files.get(call.object());
		if (file == null) {
			throw new TraceException("call " + call.number() + " is made on object " + call.object()
				+ ", which no earlier call has made", false);
		}
		if (call.command() == CallName.CLOSE_NUMBER) {
			files.remove(call.object());
			remove(caller.kernel(), file);
			return null;
		}
		prepare(call, file);
		if (call.command() == MshvIoctl.RUN_VP && file instanceof ProcessorFile processor) {
			return run(call, processor);
		}
		return call.made() ? compare(call, file, make(call, () -> file.ioctl(caller, call.command(), call.argument()))) : notMade();
	}

	private Difference notMade() {
		notMade++;
		return null;
	}

	/** What the program had done to its memory is done before the call that noticed it. */
	private void prepare(RecordedCall call, OpenFile file) throws TraceException {
		try {
			call.memory().forEach(changed -> memory.write(caller.kernel(), changed.address(), changed.bytes()));
		} catch (IllegalArgumentException e) {
			throw new TraceException("call " + call.number() + ": " + e.getMessage(), false);
		}
		if (call.registers() != null && file instanceof ProcessorFile processor) {
			processor.changeRegisters(call.registers());
		}
		if (call.memoryEnds() != null) {
			unrecorded.add(partition(file));
			limit = "guest memory is recorded up to call " + call.number() + " only: " + call.memoryEnds();
		}
	}

	private boolean knowsMemory(OpenFile file) {
		return hasMemory && !unrecorded.contains(partition(file));
	}

	private Difference run(RecordedCall call, ProcessorFile processor) {
		if (!knowsMemory(processor)) {
			if (limit.isEmpty()) {
				limit = "the trace has no guest memory (--trace-memory): from call " + call.number() + " on guests do not run";
			}
			notRun.add(processor.partition());
			return notMade();
		}
		// The guest had gone some way in a run that a signal ended, and goes it in the next
		if (!call.made() || call.result() == -Errno.EINTR.number()) {
			return notMade();
		}
		Future<?> end = clock.schedule(() -> {
			caller.stop();
			processor.interrupt();
		}, patience.toMillis(), TimeUnit.MILLISECONDS);
		long result = make(call, () -> processor.ioctl(caller, call.command(), call.argument()));
		end.cancel(false);
		return compare(call, processor, result);
	}

	private static PartitionFile partition(OpenFile file) {
		return switch (file) {
			case PartitionFile partition -> partition;
			case ProcessorFile processor -> processor.partition();
			case null, default -> null;
		};
	}

	/** @return the call's result, or -errno */
	private long make(RecordedCall call, LongSupplier step) {
		try {
			long failed = caller.fail(faults.isEmpty() ? null : faults.ioctl(call.command()));
			long result = failed < 0 ? failed : step.getAsLong();
			return result == Caller.ANSWERED ? 0 : result;
		} catch (HypervisorException e) {
			return -e.errno().number();
		} catch (RuntimeException e) {
			log("call " + call.number() + " of a trace", e);
			return -Errno.EIO.number();
		}
	}

	/** @param file null for the device's opening */
	private Difference compare(RecordedCall call, OpenFile file, long result) {
		boolean resultOnly = notRun.contains(partition(file)) || comparison.readsMemory(call) && !knowsMemory(file);
		if (resultOnly) {
			resultsOnly++;
		} else {
			compared++;
		}
		return comparison.first(call, result, caller, resultOnly);
	}

	@Override
	public Hypervisor hypervisor() {
		return hypervisor;
	}

	@Override
	public FaultRules faults() {
		return faults;
	}

	@Override
	public int nextNumber() {
		return numbers.incrementAndGet();
	}

	@Override
	public long offerAgain(Caller asked, OpenFile file, int flags, boolean closeOnExec) {
		all.add(file);
		RecordedCall call = caller.call();
		if (NO_DESCRIPTOR.contains(call.result())) {
			return call.result();
		}
		files.put(call.created(), file);
		return Caller.ANSWERED;
	}

	@Override
	public long give(Caller asked, OpenFile file) {
		all.add(file);
		RecordedCall call = caller.call();
		if (call.result() < 0 || call.created() == 0) {
			remove(asked.kernel(), file);
			return call.result();
		}
		files.put(call.created(), file);
		// Not compared, but part of the structure that is
		return MshvCreateDevice.decode(MemorySegment.ofArray(call.out().getLast().bytes())).descriptor();
	}

	@Override
	public void remove(Kernel kernel, OpenFile file) {
		if (all.remove(file)) {
			try {
				file.released();
			} finally {
				kernel.close(file.descriptor());
			}
		}
	}

	@Override
	public void closed(OpenFile file) {
		// That is a call of the trace
	}

	/** What was no memory of the program then is none now. */
	@Override
	public MemorySegment map(Caller asked, long address, long size, Arena lifetime) {
		int refused = caller.call().noMemory();
		MemorySegment mapped = refused != 0 ? null : memory.map(asked.kernel(), address, size, lifetime);
		if (mapped == null) {
			throw new HypervisorException("memory of the program",
				Stream.of(Errno.values()).filter(errno -> errno.number() == refused).findFirst().orElse(Errno.EFAULT));
		}
		return mapped;
	}

	@Override
	public Event event(Caller asked, int descriptor) {
		return events.open(asked.kernel(), caller.nextEventfd());
	}

	@Override
	public boolean logsMemory() {
		return false;
	}

	@Override
	public boolean takeSignal(int thread) {
		return false;
	}

	@Override
	public boolean ending() {
		return false;
	}

	@Override
	public void log(String what, Exception e) {
		logger.warn(what, e);
	}
}
