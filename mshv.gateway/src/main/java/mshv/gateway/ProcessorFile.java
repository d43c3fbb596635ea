package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvVpState;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;
import mshv.gateway.trace.Note;

/** A processor of a program. */
final class ProcessorFile extends OpenFile {
	private static final int PAGE_SIZE = 4096;
	/** Longest time between two looks at whether a caller still waits. */
	private static final int PATIENCE_MILLISECONDS = 1;
	/** Turns of waiting for a call that is about to end anyway. */
	private static final int SPINS = 500;

	private final PartitionFile partition;
	private final VirtualProcessor processor;
	private final Arena arena = Arena.ofShared();
	private final ProcessorPages pages;
	/** The driver makes one call of a processor at a time. */
	private final ReentrantLock lock = new ReentrantLock();
	/** The run that is under way. */
	private volatile Caller.Ticket running;
	/** The thread whose run is being answered, 0 for none: its memory is written, so a signal does not let it go on before that is done. */
	private volatile int answering;
	/** The call that is under way may take any time, so that calls of the partition do not wait for it. */
	private volatile boolean lasting;
	/** A message that nobody has got: the caller had stopped waiting, and the guest does not come to this point again. */
	private byte[] undelivered;

	ProcessorFile(Caller caller, PartitionFile partition, VirtualProcessor processor) {
		super(caller.owner(), caller.kernel(), caller.descriptors(), "mshv-vp-" + processor.index(), ProcessorPages.SIZE);
		this.partition = partition;
		this.processor = processor;
		pages = new ProcessorPages(Files.map(caller.kernel(), descriptor(), ProcessorPages.SIZE, arena), processor.registerPage(),
			processor.interceptPage());
		pages.show();
	}

	@Override
	long ioctl(Caller caller, int command, long argument) {
		return switch (command) {
			case MshvIoctl.RUN_VP -> {
				if (!partition.runs().promisesShort(index())) {
					caller.takesLong();
				}
				yield alone(caller, () -> run(caller, argument));
			}
			case MshvIoctl.ROOT_HVCALL ->
				alone(caller, () -> withPages(caller, () -> HypercallIoctl.call(caller, argument, call -> {
					partition.beforeHypercall(caller, call.code());
					return passThrough(call);
				})));
			case MshvIoctl.GET_VP_STATE -> alone(caller, () -> withPages(caller, () -> getState(caller, argument)));
			case MshvIoctl.SET_VP_STATE -> alone(caller, () -> withPages(caller, () -> setState(caller, argument)));
			default -> DeprecatedCalls.isOfProcessor(command)
				? alone(caller, () -> withPages(caller, () -> deprecated(caller, command, argument))) : -Errno.ENOTTY.number();
		};
	}

	/** @return the partition that it belongs to */
	PartitionFile partition() {
		return partition;
	}

	/** Takes over what a program had changed in the page that it maps, where the call that noticed it may not be made. */
	void changeRegisters(byte[] page) {
		pages.change(page);
		pages.takeOver();
	}

	private long alone(Caller caller, LongSupplier step) {
		if (!enter(caller)) {
			return -Errno.EINTR.number();
		}
		try {
			return step.getAsLong();
		} finally {
			lock.unlock();
		}
	}

	/** Waits for the processor. A run whose caller has stopped waiting is ended for it.
	 * @return false if the caller stops waiting */
	private boolean enter(Caller caller) {
		for (int i = 0; i < SPINS; i++) {
			if (lock.tryLock()) {
				return true;
			}
			Thread.onSpinWait();
		}
		caller.takesLong();
		try {
			do {
				endCancelledRun(caller.kernel(), caller.cookie());
				if (lock.tryLock(PATIENCE_MILLISECONDS, TimeUnit.MILLISECONDS)) {
					return true;
				}
			} while (caller.waits());
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
		return false;
	}

	int index() {
		return processor.index();
	}

	/** Ends the run that is under way if nobody waits for it. @param scratch 8 bytes */
	void endCancelledRun(Kernel kernel, MemorySegment scratch) {
		Caller.Ticket run = running;
		if (run != null && !run.isValid(kernel, scratch) && run == running) {
			interrupt();
		}
	}

	/** Ends the run that a thread of the program waits for, if there is one: a signal has come to it, and it stands. Nothing is written to
	 * its memory afterwards. */
	void endRunOf(int thread) {
		Caller.Ticket run = running;
		if (run != null && run.thread() == thread) {
			interrupt();
		}
		while (answering == thread) {
			Thread.onSpinWait();
		}
	}

	/** Ends the run that is under way, or the next; its caller runs it again if it still waits. */
	void interrupt() {
		try {
			processor.interrupt();
		} catch (HypervisorException e) {
			// The partition is gone, and no run is under way
		}
	}

	private PassThroughResult passThrough(PassThroughCall call) {
		lasting = true;
		try {
			return processor.passThrough(call);
		} finally {
			lasting = false;
		}
	}

	private long run(Caller caller, long argument) {
		if (caller.owner().takeSignal(caller.thread())) {
			caller.notMade();
			return -Errno.EINTR.number();
		}
		MemorySegment message;
		if (undelivered == null) {
			running = caller.ticket();
			try {
				takeOver(caller);
				partition.beforeRun(caller);
				if (!runUntilIntercept(caller)) {
					return -Errno.EINTR.number();
				}
			} finally {
				running = null;
				partition.afterRun();
				pages.show();
			}
			pages.showMessage();
			message = pages.message();
		} else {
			caller.notMade();
			message = caller.room(undelivered.length).copyFrom(MemorySegment.ofArray(undelivered));
		}
		answer(caller, argument, message);
		return Caller.ANSWERED;
	}

	/** Writes a message to a caller that still waits, and lets it go on. One that a signal has called away has other uses for its memory. */
	private void answer(Caller caller, long argument, MemorySegment message) {
		answering = caller.thread();
		try {
			if (caller.waits()) {
				caller.write(argument, message);
			}
			if (caller.answer(0)) {
				undelivered = null;
			} else if (undelivered == null) {
				keep();
			}
		} finally {
			answering = 0;
		}
	}

	/** @return false if the caller has stopped waiting */
	private boolean runUntilIntercept(Caller caller) {
		long began = System.nanoTime();
		lasting = true;
		try {
			while (processor.run() instanceof Intercept.Interrupted) {
				// An interrupt that was meant for an earlier run changes nothing
				if (!caller.waits() || caller.owner().ending()) {
					return false;
				}
			}
			return true;
		} finally {
			lasting = false;
			partition.runs().add(index(), System.nanoTime() - began);
		}
	}

	/** The intercept that was just answered has reached nobody. An instruction that did not retire makes it again; others do not. */
	private void keep() {
		MemorySegment message = pages.message();
		undelivered = switch (mshv.api.abi.InterceptMessage.decode(message)) {
			case Intercept.IoPort _, Intercept.Memory _, Intercept.Msr _, Intercept.Cpuid _ -> null;
			default -> message.toArray(JAVA_BYTE);
		};
	}

	/** Some of these calls read guest memory. */
	private long deprecated(Caller caller, int command, long argument) {
		partition.beforeHypercall(caller, CallCode.READ_GPA);
		return DeprecatedCalls.ofProcessor(caller, command, argument, processor);
	}

	/** A call of the partition is about this processor. While it does not run its pages are kept in step, as with its own calls. */
	<T> T atRest(Caller caller, Supplier<T> step) {
		while (!lock.tryLock()) {
			if (lasting) {
				return step.get();
			}
			// It has been answered, or is about to be
			Thread.yield();
		}
		takeOver(caller);
		try {
			return step.get();
		} finally {
			pages.show();
			lock.unlock();
		}
	}

	private void takeOver(Caller caller) {
		if (caller.registers() != null) {
			pages.change(caller.registers());
		}
		if (caller.noting()) {
			byte[] changed = pages.changed();
			if (changed != null) {
				caller.note(new Note.Registers(changed));
			}
		}
		pages.takeOver();
	}

	/** The program's pages are those of a suspended processor before and after. */
	private long withPages(Caller caller, LongSupplier step) {
		takeOver(caller);
		try {
			return step.getAsLong();
		} finally {
			pages.show();
		}
	}

	private static MshvVpState state(Caller caller, long argument) {
		MemorySegment structure = caller.read(argument, MshvVpState.SIZE);
		MshvVpState request = MshvVpState.decode(structure);
		caller.note(request);
		if (request.type() >= VpState.values().length || !MshvVpState.reservedIsZero(structure) || request.bufferSize() == 0
				|| (request.bufferSize() & PAGE_SIZE - 1) != 0 || (request.bufferAddress() & PAGE_SIZE - 1) != 0) {
			throw new HypervisorException("state block " + request, Errno.EINVAL);
		}
		return request;
	}

	private long getState(Caller caller, long argument) {
		MshvVpState request = state(caller, argument);
		byte[] bytes = processor.getState(VpState.values()[request.type()]);
		if (!fits(caller, argument, request, bytes.length)) {
			return -Errno.EINVAL.number();
		}
		try (Arena own = Arena.ofConfined()) {
			caller.write(request.bufferAddress(), own.allocateFrom(JAVA_BYTE, bytes));
		}
		return 0;
	}

	private long setState(Caller caller, long argument) {
		MshvVpState request = state(caller, argument);
		VpState state = VpState.values()[request.type()];
		int size = processor.getState(state).length;
		if (!fits(caller, argument, request, size)) {
			return -Errno.EINVAL.number();
		}
		try (Arena own = Arena.ofConfined()) {
			MemorySegment bytes = own.allocate(size);
			caller.readInto(request.bufferAddress(), bytes);
			byte[] block = bytes.toArray(JAVA_BYTE);
			processor.setState(state, block);
		}
		return 0;
	}

	/** Tells the program the block's size. @return whether its buffer has room */
	private static boolean fits(Caller caller, long argument, MshvVpState request, int size) {
		MemorySegment structure = caller.room(MshvVpState.SIZE);
		new MshvVpState(request.type(), size, request.bufferAddress()).encode(structure);
		caller.write(argument, structure);
		return Integer.compareUnsigned(size, request.bufferSize()) <= 0;
	}

	@Override
	void released() {
		// A run has no caller any more, but may not know it yet
		while (!lock.tryLock()) {
			interrupt();
			Thread.onSpinWait();
		}
		try {
			partition.forget(this);
			arena.close();
		} finally {
			lock.unlock();
		}
		partition.dereference();
	}
}
