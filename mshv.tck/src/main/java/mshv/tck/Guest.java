package mshv.tck;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;

/** A partition with 2 MiB of memory at address 0 and processor 0. Nothing waits longer than {@link #DEADLINE_SECONDS} for it. */
public final class Guest implements AutoCloseable {
	/** Longest time that anything may take. */
	public static final long DEADLINE_SECONDS = 20;
	/** Address of the code. */
	public static final long CODE = 0x1000;
	/** Size of the memory in bytes. */
	public static final long RAM_SIZE = 0x20_0000;
	/** An address without memory, which {@link LongMode} maps at itself. */
	public static final long NOWHERE = 0x1000_0000;

	private static final VarHandle LONGS = JAVA_LONG.varHandle();

	private final Arena arena = Arena.ofShared();
	private final Partition partition;
	private final MemorySegment ram = memory(RAM_SIZE);
	private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(Guest::daemon);
	private final ExecutorService threads = Executors.newCachedThreadPool(Guest::daemon);
	private VirtualProcessor processor;
	private LongMode longMode;

	private Guest(Partition partition) {
		this.partition = partition;
	}

	private static Thread daemon(Runnable task) {
		return Thread.ofPlatform().name("mshv-tck").daemon().unstarted(task);
	}

	/** @return a guest whose processor is in the state after RESET */
	public static Guest afterReset(Hypervisor hypervisor) {
		return afterReset(hypervisor, PartitionConfig.standard());
	}

	private static Guest afterReset(Hypervisor hypervisor, PartitionConfig config) {
		Guest guest = new Guest(hypervisor.createPartition(config));
		try {
			guest.partition.initialize();
			guest.partition.mapMemory(MemoryRegion.ram(0, guest.ram));
			guest.processor = guest.partition.createVirtualProcessor(0);
			return guest;
		} catch (RuntimeException | Error e) {
			guest.close();
			throw e;
		}
	}

	/** @return a guest that is about to execute the code at {@link #CODE} in real mode, CS base 0 */
	public static Guest inRealMode(Hypervisor hypervisor, GuestCode code) {
		Guest guest = afterReset(hypervisor);
		guest.write(CODE, code.toBytes());
		guest.processor.setRegisters(Map.of(Register.CS, RegisterValue.segment(0, 0xFFFF, 0, 0x9B),
			Register.RIP, RegisterValue.of(CODE), Register.RFLAGS, RegisterValue.of(2)));
		return guest;
	}

	/** @return a guest that is about to execute the code at {@link #CODE} in 64-bit mode */
	public static Guest inLongMode(Hypervisor hypervisor, GuestCode code) {
		return inLongMode(hypervisor, PartitionConfig.standard(), code);
	}

	/** @return a guest in a partition of another kind that is about to execute the code at {@link #CODE} in 64-bit mode */
	public static Guest inLongMode(Hypervisor hypervisor, PartitionConfig config, GuestCode code) {
		Guest guest = afterReset(hypervisor, config);
		guest.write(CODE, code.toBytes());
		guest.longMode = new LongMode(guest.ram);
		guest.setUpLongMode(guest.processor, CODE, LongMode.STACK);
		return guest;
	}

	/** Puts a processor in 64-bit mode, with the tables of processor 0; it executes even if it waited for start-up. */
	public void setUpLongMode(VirtualProcessor other, long code, long stack) {
		other.setRegisters(LongMode.registers());
		other.setRegisters(Map.of(Register.RIP, RegisterValue.of(code), Register.RSP, RegisterValue.of(stack)));
		if (other.getRegister(Register.INTERNAL_ACTIVITY_STATE) != 0) {
			other.setRegister(Register.INTERNAL_ACTIVITY_STATE, 0);
		}
	}

	/** @return the partition */
	public Partition partition() {
		return partition;
	}

	/** @return processor 0 */
	public VirtualProcessor processor() {
		return processor;
	}

	/** @return the guest's memory from address 0 on */
	public MemorySegment ram() {
		return ram;
	}

	/** @return the tables of a guest that was made in 64-bit mode */
	public LongMode longMode() {
		return longMode;
	}

	/** @param size multiple of 4096
	 * @return zeroed memory to map, which lives as long as this guest */
	public MemorySegment memory(long size) {
		return arena.allocate(size, MemoryRegion.PAGE_SIZE);
	}

	/** Writes guest memory. @param address below {@link #RAM_SIZE} */
	public void write(long address, byte[] bytes) {
		MemorySegment.copy(bytes, 0, ram, JAVA_BYTE, address, bytes.length);
	}

	/** @param address multiple of 8, below {@link #RAM_SIZE}
	 * @return what the guest, which may be running, has at the address now */
	public long counter(long address) {
		return (long) LONGS.getVolatile(ram, address);
	}

	/** Runs processor 0. @return why it left; fails if it does not */
	public Intercept run() {
		return run(processor);
	}

	/** Runs a processor. @return why it left; fails if it does not */
	public Intercept run(VirtualProcessor other) {
		ScheduledFuture<?> limit = watchdog.schedule(other::interrupt, DEADLINE_SECONDS, TimeUnit.SECONDS);
		Intercept intercept = other.run();
		if (!limit.cancel(false)) {
			fail("the guest has not left within " + DEADLINE_SECONDS + " s, RIP is 0x" + Long.toHexString(other.getRegister(Register.RIP)));
		}
		return intercept;
	}

	/** Runs processor 0. @return the intercept; fails if it is of another kind */
	public <T extends Intercept> T run(Class<T> kind) {
		return assertInstanceOf(kind, run());
	}

	/** Runs processor 0 to its next port access, and completes that as if there were no device that wants anything.
	 * @return the intercept */
	public Intercept.IoPort runToPort() {
		Intercept.IoPort access = run(Intercept.IoPort.class);
		skip(access.header());
		return access;
	}

	/** Moves RIP of processor 0 past the instruction that was intercepted. */
	public void skip(Intercept.Header header) {
		processor.setRegister(Register.RIP, header.rip() + header.instructionLength());
	}

	/** Runs processor 0 on a thread of its own. */
	public Future<Intercept> start() {
		return start(processor::run);
	}

	/** Does something on a thread of its own. */
	public <T> Future<T> start(Callable<T> task) {
		return threads.submit(task);
	}

	/** @return what the task gives; fails if it takes too long */
	public static <T> T join(Future<T> task) {
		try {
			return task.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
		} catch (ExecutionException e) {
			if (e.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			return fail(e.getCause());
		} catch (TimeoutException e) {
			return fail("not done within " + DEADLINE_SECONDS + " s", e);
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
			return fail(e);
		}
	}

	/** Waits until something is so; fails if that takes too long. @param what for the failure */
	public static void await(String what, BooleanSupplier condition) {
		long start = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
				fail("not within " + DEADLINE_SECONDS + " s: " + what);
			}
			Thread.yield();
		}
	}

	/** Closes the partition, then frees its memory. */
	@Override
	public void close() {
		partition.close();
		watchdog.shutdownNow();
		threads.shutdownNow();
		arena.close();
	}
}
