package mshv.vmm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.PartitionProperty;
import mshv.vmm.BootException.Category;
import mshv.vmm.acpi.AcpiTables;
import mshv.vmm.loader.BootFile;
import mshv.vmm.loader.BootRequest;
import mshv.vmm.loader.KernelLoader;
import mshv.vmm.loader.LoadException;
import mshv.vmm.memory.GuestRam;

/**
 * A machine: a partition with memory, a processor and devices, and a guest in it. Safe for use by many threads.
 * <p>
 * {@link #create} loads the guest, {@link #start} runs it on a thread of the machine's own until it ends; {@link #await} tells how.
 * The partition stays for inspection until {@link #close}.
 */
public final class Machine implements AutoCloseable {
	private static final long MOST_MEMORY = 1L << 40;
	/** How long the console's stream may take to print the rest once the guest has ended. */
	private static final Duration LAST_WORDS = Duration.ofSeconds(5);
	private static final Duration ENOUGH = Duration.ofSeconds(10);

	/** What a machine is doing. */
	public enum State {
		/** Not started yet. */
		CREATED,
		/** The guest runs. */
		RUNNING,
		/** The guest is stopped between two instructions. */
		PAUSED,
		/** There is an outcome. */
		ENDED,
		/** Closed. */
		CLOSED
	}

	private enum Wish {
		RUN, PAUSE, STEP, STOP
	}

	private final GuestRam ram;
	private final Partition partition;
	private final VirtualProcessor processor;
	private final SerialConsole console;
	private final Board board;
	private final Thread thread;

	private final ReentrantLock lock = new ReentrantLock();
	private final Condition changed = lock.newCondition();
	private volatile Wish wish = Wish.RUN;
	private State state = State.CREATED;
	private Outcome outcome;
	private long steps;
	private HypervisorException stepFailure;

	private Machine(GuestRam ram, Partition partition, VirtualProcessor processor, SerialConsole console, Board board) {
		this.ram = ram;
		this.partition = partition;
		this.processor = processor;
		this.console = console;
		this.board = board;
		thread = Thread.ofPlatform().daemon().name("mshv-vp-" + partition.id()).unstarted(this::run);
	}

	/** Makes a machine and loads its guest.
	 * @param config what it is made of
	 * @return the machine, not started, to be closed by the caller
	 * @throws BootException if that is not possible; nothing is left behind */
	public static Machine create(MachineConfig config) throws BootException {
		check(config);
		BootFile kernel = file(config.kernel());
		BootFile initrd = config.initrd() == null ? null : file(config.initrd());
		List<BootFile> modules = new ArrayList<>();
		for (ImageSource module : config.modules()) {
			modules.add(file(module));
		}
		GuestRam ram = reserve(config.memory());
		try {
			ram.write(KernelLoader.ACPI_TABLES, AcpiTables.build(Board.platform(config.cpus()), KernelLoader.ACPI_TABLES));
			Map<Register, RegisterValue> entry = KernelLoader.load(ram,
				new BootRequest(kernel, initrd, modules, config.commandLine(), KernelLoader.ACPI_TABLES));
			return assemble(config, ram, entry);
		} catch (LoadException e) {
			ram.close();
			throw new BootException(switch (e.reason()) {
				case IMAGE -> Category.IMAGE;
				case TRUNCATED -> Category.TRUNCATED;
				case PROTOCOL -> Category.PROTOCOL;
				case MEMORY -> Category.MEMORY;
				case COMMAND_LINE -> Category.COMMAND_LINE;
				case MACHINE -> Category.CONFIGURATION;
			}, e.getMessage(), e);
		} catch (HypervisorException e) {
			ram.close();
			throw new BootException(Category.HYPERVISOR, "the hypervisor refuses: " + e.getMessage(), e);
		} catch (RuntimeException | Error e) {
			ram.close();
			throw e;
		}
	}

	private static void check(MachineConfig config) throws BootException {
		if (config.cpus() != 1) {
			throw new BootException(Category.PROCESSORS, "cpus %d: expected 1, more are not supported yet".formatted(config.cpus()));
		}
		long memory = config.memory();
		if (memory % MemoryRegion.PAGE_SIZE != 0) {
			throw new BootException(Category.MEMORY_ALIGNMENT, "memory of %d bytes: expected a multiple of %d".formatted(memory,
				MemoryRegion.PAGE_SIZE));
		}
		if (memory < KernelLoader.LEAST_MEMORY || memory > MOST_MEMORY) {
			throw new BootException(Category.MEMORY, "memory of %d bytes: expected %d to %d".formatted(memory, KernelLoader.LEAST_MEMORY,
				MOST_MEMORY));
		}
	}

	private static BootFile file(ImageSource source) throws BootException {
		return new BootFile(source.name(), source.read());
	}

	private static GuestRam reserve(long size) throws BootException {
		try {
			return new GuestRam(size);
		} catch (OutOfMemoryError e) {
			throw new BootException(Category.HYPERVISOR, "memory of %d bytes: the host has not as much".formatted(size), e);
		}
	}

	private static Machine assemble(MachineConfig config, GuestRam ram, Map<Register, RegisterValue> entry) {
		Partition partition = config.hypervisor().createPartition(PartitionConfig.standard());
		SerialConsole console = null;
		Board board = null;
		try {
			partition.initialize();
			ram.regions().forEach(partition::mapMemory);
			VirtualProcessor processor = partition.createVirtualProcessor(0);
			processor.setRegisters(entry);
			console = new SerialConsole(config.output(), "mshv-console-" + partition.id());
			board = new Board(partition, processor, ram, config.events(), console, config.testDevices());
			return new Machine(ram, partition, processor, console, board);
		} catch (RuntimeException | Error e) {
			partition.close();
			if (board != null) {
				board.close();
			}
			if (console != null) {
				console.close();
			}
			throw e;
		}
	}

	/** Starts the guest; paused, if {@link #pause} was called before.
	 * @throws IllegalStateException if it was started already */
	public void start() {
		lock.lock();
		try {
			if (state != State.CREATED) {
				throw new IllegalStateException("the machine was started already: it is " + state);
			}
			state = State.RUNNING;
			thread.start();
		} finally {
			lock.unlock();
		}
	}

	/** @return what the machine is doing */
	public State state() {
		lock.lock();
		try {
			return state;
		} finally {
			lock.unlock();
		}
	}

	/** Waits until the machine has ended. What the guest printed is in the output stream then, if that takes it within seconds.
	 * @param timeout how long at most
	 * @return how it ended; empty if it has not */
	public Optional<Outcome> await(Duration timeout) throws InterruptedException {
		long nanos = timeout.toNanos();
		lock.lockInterruptibly();
		try {
			while (outcome == null && nanos > 0) {
				nanos = changed.awaitNanos(nanos);
			}
			return Optional.ofNullable(outcome);
		} finally {
			lock.unlock();
		}
	}

	/** Stops the guest between two instructions, and its time with it. Returns when it has stopped or ended. Once more: no effect. */
	public void pause() throws InterruptedException {
		lock.lockInterruptibly();
		try {
			if (wish == Wish.STOP) {
				return;
			}
			wish = Wish.PAUSE;
			if (state == State.RUNNING) {
				console.kick();
				processor.interrupt();
			}
			while (state == State.RUNNING && wish == Wish.PAUSE) {
				changed.await();
			}
		} finally {
			lock.unlock();
		}
	}

	/** Lets a paused guest go on. Without effect on one that runs or has ended. */
	public void resume() {
		lock.lock();
		try {
			if (wish == Wish.PAUSE) {
				wish = Wish.RUN;
				changed.signalAll();
			}
		} finally {
			lock.unlock();
		}
	}

	/** Executes one instruction of a paused guest, with what it needs of devices. Returns when that is done.
	 * @throws IllegalStateException if the guest is not paused
	 * @throws HypervisorException if the hypervisor offers no intercept of debug exceptions, which this needs */
	public void step() throws InterruptedException {
		lock.lockInterruptibly();
		try {
			// Started paused, or on its way there
			while (state == State.RUNNING && wish == Wish.PAUSE) {
				changed.await();
			}
			if (state != State.PAUSED || wish != Wish.PAUSE) {
				throw new IllegalStateException("only a paused machine can step, this is " + state);
			}
			long step = steps;
			stepFailure = null;
			wish = Wish.STEP;
			changed.signalAll();
			while (steps == step && state == State.PAUSED) {
				changed.await();
			}
			if (stepFailure != null) {
				throw stepFailure;
			}
		} finally {
			lock.unlock();
		}
	}

	/** @return the serial console */
	public SerialConsole console() {
		return console;
	}

	/** @return the partition; its owner is the machine */
	public Partition partition() {
		return partition;
	}

	/** @return the processor that the guest was started on */
	public VirtualProcessor processor() {
		return processor;
	}

	/** Reads guest memory. @param address guest-physical address @param length bytes
	 * @return a copy
	 * @throws IndexOutOfBoundsException if not all of it is RAM */
	public byte[] readMemory(long address, int length) {
		return ram.read(address, length);
	}

	/** Writes guest memory. @param address guest-physical address
	 * @throws IndexOutOfBoundsException if not all of it is RAM */
	public void writeMemory(long address, byte[] bytes) {
		ram.write(address, bytes);
	}

	/** Stops the guest and frees all that the machine has. Once more: no effect. */
	@Override
	public void close() {
		lock.lock();
		try {
			if (state == State.CLOSED || wish == Wish.STOP) {
				return;
			}
			wish = Wish.STOP;
			if (state == State.CREATED) {
				outcome = new Outcome.Stopped();
			}
			changed.signalAll();
		} finally {
			lock.unlock();
		}
		console.kick();
		processor.interrupt();
		console.close();
		boolean stopped = joined();
		partition.close();
		stopped = stopped || joined();
		board.close();
		if (stopped) {
			// A thread that is still in the guest would touch freed memory: rather lose the memory
			ram.close();
		}
		lock.lock();
		try {
			state = State.CLOSED;
			changed.signalAll();
		} finally {
			lock.unlock();
		}
	}

	/** @return true if the machine's thread does not run any more */
	private boolean joined() {
		if (thread.getState() == Thread.State.NEW) {
			return true;
		}
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return thread.join(ENOUGH);
				} catch (InterruptedException e) {
					interrupted = true;
				}
			}
		} finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/** The machine's thread. */
	private void run() {
		Outcome result;
		try {
			result = runUntilEnd();
		} catch (HypervisorException e) {
			result = new Outcome.Failed("the hypervisor refuses: " + e.getMessage());
		} catch (RuntimeException | Error e) {
			result = new Outcome.Failed("error in the machine: " + e);
		}
		console.end(LAST_WORDS);
		lock.lock();
		try {
			outcome = result;
			state = State.ENDED;
			changed.signalAll();
		} finally {
			lock.unlock();
		}
	}

	private Outcome runUntilEnd() {
		while (true) {
			if (wish != Wish.RUN) {
				Outcome end = standStill();
				if (end != null) {
					return end;
				}
			}
			if (console.congested()) {
				console.awaitRoom();
				continue;
			}
			Outcome end = board.handle(processor.run());
			if (end != null) {
				return end;
			}
		}
	}

	/** @return how the machine ended meanwhile, or null when it is to run */
	private Outcome standStill() {
		if (wish == Wish.STOP) {
			return new Outcome.Stopped();
		}
		freezeTime(true);
		while (true) {
			switch (nextWish()) {
				case RUN -> {
					freezeTime(false);
					return null;
				}
				case STEP -> {
					freezeTime(false);
					Outcome end = takeStep();
					if (end != null) {
						return end;
					}
					freezeTime(true);
					stepTaken();
				}
				default -> {
					return new Outcome.Stopped();
				}
			}
		}
	}

	private Wish nextWish() {
		lock.lock();
		try {
			state = State.PAUSED;
			changed.signalAll();
			while (wish == Wish.PAUSE) {
				changed.awaitUninterruptibly();
			}
			if (wish == Wish.RUN) {
				state = State.RUNNING;
			}
			return wish;
		} finally {
			lock.unlock();
		}
	}

	private Outcome takeStep() {
		try {
			Intercept intercept = new SingleStep(partition, processor, ram, () -> wish != Wish.STEP).run();
			return board.handle(intercept);
		} catch (HypervisorException e) {
			stepFailure = e;
			return null;
		}
	}

	private void stepTaken() {
		lock.lock();
		try {
			steps++;
			if (wish == Wish.STEP) {
				wish = Wish.PAUSE;
			}
			changed.signalAll();
		} finally {
			lock.unlock();
		}
	}

	private void freezeTime(boolean frozen) {
		try {
			partition.setProperty(PartitionProperty.TIME_FREEZE, frozen ? 1 : 0);
		} catch (HypervisorException e) {
			// Without the property a pause is seen by the guest as a gap in time
			if (e.status() != HvStatus.UNKNOWN_PROPERTY) {
				throw e;
			}
		}
	}
}
