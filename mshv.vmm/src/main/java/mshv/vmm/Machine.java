package mshv.vmm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import mshv.api.HypervisorException;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.vmm.BootException.Category;
import mshv.vmm.acpi.AcpiTables;
import mshv.vmm.loader.BootFile;
import mshv.vmm.loader.BootRequest;
import mshv.vmm.loader.KernelLoader;
import mshv.vmm.loader.LoadException;
import mshv.vmm.memory.GuestRam;

/**
 * A machine: a partition with memory, processors and devices, and a guest in it. Safe for use by many threads.
 * <p>
 * {@link #create} loads the guest, {@link #start} runs it, each processor on a thread of the machine's own, until it ends; {@link #await} tells how.
 * The partition stays for inspection until {@link #close}.
 */
public final class Machine implements AutoCloseable {
	/** Most processors of a machine. */
	public static final int MOST_PROCESSORS = 64;

	private static final long MOST_MEMORY = 1L << 40;

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

	private final GuestRam ram;
	private final Partition partition;
	private final List<VirtualProcessor> processors;
	private final SerialConsole console;
	private final Board board;
	private final Execution execution;

	private Machine(GuestRam ram, Partition partition, List<VirtualProcessor> processors, SerialConsole console, Board board) {
		this.ram = ram;
		this.partition = partition;
		this.processors = processors;
		this.console = console;
		this.board = board;
		execution = new Execution(partition, processors, ram, board, console);
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
		if (config.cpus() < 1 || config.cpus() > MOST_PROCESSORS) {
			throw new BootException(Category.PROCESSORS, "cpus %d: expected 1 to %d".formatted(config.cpus(), MOST_PROCESSORS));
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
			List<VirtualProcessor> processors = new ArrayList<>();
			for (int index = 0; index < config.cpus(); index++) {
				processors.add(partition.createVirtualProcessor(index));
			}
			processors.getFirst().setRegisters(entry);
			console = new SerialConsole(config.output(), "mshv-console-" + partition.id());
			board = new Board(partition, ram, config.events(), console, config.testDevices());
			return new Machine(ram, partition, List.copyOf(processors), console, board);
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
		execution.start();
	}

	/** @return what the machine is doing */
	public State state() {
		return execution.state();
	}

	/** Waits until the machine has ended. What the guest printed is in the output stream then, if that takes it within seconds.
	 * @param timeout how long at most
	 * @return how it ended; empty if it has not */
	public Optional<Outcome> await(Duration timeout) throws InterruptedException {
		return execution.await(timeout);
	}

	/** Stops the guest between two instructions, and its time with it. Returns when all processors have stopped, or the guest has ended.
	 * Once more: no effect. */
	public void pause() throws InterruptedException {
		execution.pause();
	}

	/** Lets a paused guest go on. Without effect on one that runs or has ended. */
	public void resume() {
		execution.resume();
	}

	/** Executes one instruction of a processor of a paused guest, with what it needs of devices. Returns when that is done.
	 * @param processor index
	 * @throws IndexOutOfBoundsException if there is no such processor
	 * @throws IllegalStateException if the guest is not paused
	 * @throws HypervisorException if the hypervisor offers no intercept of debug exceptions, which this needs */
	public void step(int processor) throws InterruptedException {
		execution.step(Objects.checkIndex(processor, processors.size()));
	}

	/** @return the serial console */
	public SerialConsole console() {
		return console;
	}

	/** @return the partition; its owner is the machine */
	public Partition partition() {
		return partition;
	}

	/** @return the processors by index; the guest is started on the first, and starts the others itself */
	public List<VirtualProcessor> processors() {
		return processors;
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
		if (!execution.stop()) {
			return;
		}
		console.close();
		boolean stopped = execution.joined();
		partition.close();
		stopped = stopped || execution.joined();
		board.close();
		if (stopped) {
			// A thread that is still in the guest would touch freed memory: rather lose the memory
			ram.close();
		}
		execution.closed();
	}
}
