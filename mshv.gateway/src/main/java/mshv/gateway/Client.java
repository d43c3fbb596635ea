package mshv.gateway;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.api.event.LinuxEvents;
import mshv.gateway.fault.FaultRules;
import mshv.gateway.linux.FileId;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.ThreadStatus;
import mshv.gateway.trace.CallName;
import mshv.gateway.trace.Note;
import mshv.gateway.trace.Trace;
import mshv.gateway.trace.TraceEvent;

/** A launched program: the process that was started and all that come from it. */
final class Client implements Owner {
	private final Gateway gateway;
	private final int id;
	private final int process;
	private final String program;
	private final Hypervisor hypervisor;
	private final int listener;
	private final LongAdder calls = new LongAdder();
	private final Receivers receivers;
	/** Threads that have made calls: they are followed, or cannot be. */
	private final Set<Integer> threads = ConcurrentHashMap.newKeySet();
	/** Threads that a signal has come to, and whose next run ends because of it. */
	private final Set<Integer> signalled = ConcurrentHashMap.newKeySet();
	/** Answers that did not reach their thread, by its id: it makes the call again. */
	private final Map<Integer, Undelivered> undelivered = new ConcurrentHashMap<>();
	/** Where calls are written to, null without. */
	private final Trace trace;
	private final FaultRules faults;
	private final AtomicInteger numbers = new AtomicInteger();

	/** @param listener descriptor of its seccomp listener, which is closed with it */
	Client(Gateway gateway, int id, int process, LaunchRequest request, Hypervisor hypervisor, Trace trace,
			FaultRules faults, int listener) {
		this.gateway = gateway;
		this.id = id;
		this.process = process;
		this.program = request.program();
		this.hypervisor = hypervisor;
		this.trace = trace;
		this.faults = faults;
		this.listener = listener;
		receivers = new Receivers(this);
	}

	/** An answer, and the call that it belongs to. */
	private record Undelivered(OpenFile file, int command, long argument, long result) {}

	/** A thread makes a call: from the first one on, signals to it are known. */
	void know(int thread) {
		if (threads.add(thread)) {
			gateway.tracer().follow(thread);
		}
	}

	/** A thread has ended. */
	void forget(int thread) {
		threads.remove(thread);
		undelivered.remove(thread);
		signalled.remove(thread);
	}

	/** A signal has come to a thread outside a run. */
	void signalled(int thread) {
		if (threads.contains(thread)) {
			signalled.add(thread);
		}
	}

	@Override
	public boolean takeSignal(int thread) {
		return !signalled.isEmpty() && signalled.remove(thread);
	}

	/** An answer has not reached its thread, because a signal came first. */
	void keep(int thread, OpenFile file, int command, long argument, long result) {
		undelivered.put(thread, new Undelivered(file, command, argument, result));
	}

	/** @return the answer to a call that is made once more, null if it was not made before */
	Long answered(int thread, OpenFile file, int command, long argument) {
		if (undelivered.isEmpty()) {
			return null;
		}
		Undelivered last = undelivered.remove(thread);
		return last != null && last.file == file && last.command == command && last.argument == argument ? last.result : null;
	}

	/** Its calls are taken even if one takes long. */
	void letIn() {
		receivers.handOver();
	}

	/** Begins to take its calls. */
	void start() {
		receivers.start();
	}

	/** @return number of the program, from 1 on */
	int id() {
		return id;
	}

	/** @return the process that was started */
	int process() {
		return process;
	}

	/** @return what was started */
	String program() {
		return program;
	}

	@Override
	public Hypervisor hypervisor() {
		return hypervisor;
	}

	Gateway gateway() {
		return gateway;
	}

	int listener() {
		return listener;
	}

	int stop() {
		return gateway.stop();
	}

	/** @return calls so far */
	LongAdder calls() {
		return calls;
	}

	@Override
	public FaultRules faults() {
		return faults;
	}

	@Override
	public int nextNumber() {
		return numbers.incrementAndGet();
	}

	/** @return where calls are written to, null if nowhere */
	Trace trace() {
		return trace;
	}

	/** @return the process of a thread */
	int process(int thread) {
		return ThreadStatus.process(thread);
	}

	/** @return the file of a caller's descriptor, null if it is none of ours */
	OpenFile find(ProgramCaller caller, int descriptor) {
		FileId file = caller.descriptors().file(caller.thread(), descriptor);
		return file == null ? null : gateway.files().find(file);
	}

	@Override
	public void remove(Kernel kernel, OpenFile file) {
		gateway.files().remove(kernel, file);
	}

	@Override
	public void closed(OpenFile file) {
		if (trace != null && !(file instanceof ConvertedMemory)) {
			TraceEvent event = new TraceEvent(0, file.number(), file.name(), CallName.CLOSE_NUMBER, 0);
			event.complete(0);
			trace.add(event);
		}
	}

	@Override
	public MemorySegment map(Caller caller, long address, long size, Arena arena) {
		try {
			return gateway.memory().map((ProgramCaller) caller, address, size, arena);
		} catch (HypervisorException e) {
			caller.note(new Note.NoMemory(e.errno().number()));
			throw e;
		}
	}

	@Override
	public boolean logsMemory() {
		return trace != null && trace.hasMemory();
	}

	@Override
	public Event event(Caller caller, int descriptor) {
		LinuxEvents events = gateway.events();
		if (events == null) {
			throw new HypervisorException("nobody knows eventfds", Errno.EOPNOTSUPP);
		}
		long taken = Files.take(caller.kernel(), process(caller.thread()), descriptor);
		if (taken < 0) {
			caller.note(new Note.Eventfd(Note.Eventfd.NOT_OPEN));
			throw new HypervisorException("descriptor " + descriptor + " of the caller", Errno.EBADF);
		}
		if (caller.noting()) {
			long id = Files.eventfd((int) taken);
			caller.note(new Note.Eventfd(id < 0 ? Note.Eventfd.NO_EVENTFD : id));
		}
		try {
			return events.open((int) taken);
		} catch (RuntimeException e) {
			caller.kernel().close((int) taken);
			throw e;
		}
	}

	@Override
	public void log(String what, Exception e) {
		gateway.log(what, e);
	}

	@Override
	public long offerAgain(Caller caller, OpenFile file, int flags, boolean closeOnExec) {
		gateway.files().add(caller.kernel(), file);
		long result = ((ProgramCaller) caller).answer(file, flags, closeOnExec);
		if (result == Caller.ANSWERED) {
			gateway.files().given(caller.kernel(), file);
		}
		return result;
	}

	@Override
	public long give(Caller caller, OpenFile file) {
		gateway.files().add(caller.kernel(), file);
		long number = ((ProgramCaller) caller).give(file);
		if (number < 0) {
			remove(caller.kernel(), file);
		} else {
			gateway.files().given(caller.kernel(), file);
		}
		return number;
	}

	List<OpenFile> files() {
		return gateway.files().of(this);
	}

	@Override
	public boolean ending() {
		return receivers.ended();
	}

	/** Ends the runs that are under way: nobody waits for them any more, or will be told. */
	void interruptRuns() {
		files().stream().filter(file -> file instanceof ProcessorFile).forEach(file -> ((ProcessorFile) file).interrupt());
	}

	/** No process of the program is left, or nobody is to serve it any more: ends all that it has. */
	void ended(Kernel kernel) {
		files().forEach(file -> remove(kernel, file));
		kernel.close(listener);
		if (trace != null) {
			trace.close();
			if (trace.failure() != null) {
				gateway.log("the trace of program " + id + " is not whole", trace.failure());
			}
		}
		gateway.ended(this);
	}
}
