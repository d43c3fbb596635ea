package mshv.tck.cost;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

import mshv.api.DoorbellRequest;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.MsiRoute;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.RegisterPage;
import mshv.api.conformance.Cost;
import mshv.api.conformance.CostMeasurement;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;
import mshv.tck.BorrowedServices;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Measures one operation after another, each until it is compiled and then a number of rounds. */
@Component
public final class CostRuns implements CostMeasurement {
	private static final long GIB = 1L << 30;
	private static final int PAGES = (int) (GIB / MemoryRegion.PAGE_SIZE);
	private static final long SECOND = 1_000_000_000;
	/** Rounds before those that count: as many, but at least for so long. */
	private static final long WARM_UP = 2 * SECOND;
	private static final long REST_NANOSECONDS = 5_000;
	private static final int LOOPS = 20_000;
	private static final int GSI = 5;
	private static final int VECTOR = 0x50;
	private static final long COUNTER = 0x9000;
	private static final long HYPERCALL_PAGE = 0x7000;
	/** HVCALL_NOTIFY_LONG_SPIN_WAIT, input in registers. */
	private static final int LONG_SPIN_WAIT = 8 | 1 << 16;
	private static final List<Register> REGISTERS = List.of(Register.RAX, Register.RCX, Register.RDX, Register.RBX, Register.RSP,
		Register.RBP, Register.RSI, Register.RDI, Register.R8, Register.R9, Register.R10, Register.R11, Register.R12, Register.R13,
		Register.R14, Register.R15, Register.RIP, Register.RFLAGS);

	private final BundleContext context;

	/** @param context where the backend's services are */
	@Activate
	public CostRuns(BundleContext context) {
		this.context = context;
	}

	@Override
	public List<Cost> measure(String backend, int rounds, Consumer<String> progress) {
		try (BorrowedServices services = new BorrowedServices(context)) {
			return measure(services.best(Hypervisor.class, Hypervisor.BACKEND, backend)
				.orElseThrow(() -> new IllegalArgumentException("no backend '" + backend + "'")),
				services.best(EventFactory.class, null, null).orElseThrow(() -> new IllegalStateException("no service for events")), rounds,
				progress);
		}
	}

	private static List<Cost> measure(Hypervisor hypervisor, EventFactory events, int rounds, Consumer<String> progress) {
		Bench bench = new Bench(rounds, progress);
		lifeCycle(bench, hypervisor);
		memory(bench, hypervisor, PartitionConfig.standard(), "4 KiB units");
		Set<PartitionConfig.Flag> large = Set.of(PartitionConfig.Flag.LAPIC, PartitionConfig.Flag.GPA_SUPER_PAGES);
		memory(bench, hypervisor, new PartitionConfig(large, 0, 0, 0), "2 MiB units");
		registers(bench, hypervisor);
		exits(bench, hypervisor);
		interrupts(bench, hypervisor, events);
		doorbells(bench, hypervisor, events);
		hypercalls(bench, hypervisor);
		return bench.costs;
	}

	/** Rounds and their medians. */
	private static final class Bench {
		private final int rounds;
		private final Consumer<String> progress;
		private final List<Cost> costs = new ArrayList<>();

		Bench(int rounds, Consumer<String> progress) {
			this.rounds = rounds;
			this.progress = progress;
		}

		/** @param operations that one round has @param round does them */
		void time(String name, int operations, Runnable round) {
			measure(name, () -> {
				long start = System.nanoTime();
				round.run();
				return (System.nanoTime() - start) / operations;
			});
		}

		/** @param round gives nanoseconds of one operation */
		void measure(String name, LongSupplier round) {
			progress.accept(name);
			try {
				long start = System.nanoTime();
				do {
					round.getAsLong();
				} while (System.nanoTime() - start < WARM_UP);
				long[] times = IntStream.range(0, rounds).mapToLong(_ -> round.getAsLong()).sorted().toArray();
				costs.add(new Cost(name, times[0], times[rounds / 2], times[rounds - 1]));
			} catch (HypervisorException e) {
				progress.accept(name + " is refused: " + e.getMessage());
			}
		}
	}

	private static void lifeCycle(Bench bench, Hypervisor hypervisor) {
		bench.time("create and destroy a partition with a processor", 20, () -> {
			for (int i = 0; i < 20; i++) {
				try (Partition partition = hypervisor.createPartition(PartitionConfig.standard())) {
					partition.initialize();
					partition.createVirtualProcessor(0);
				}
			}
		});
	}

	private static void memory(Bench bench, Hypervisor hypervisor, PartitionConfig config, String units) {
		try (Arena arena = Arena.ofShared(); Partition partition = hypervisor.createPartition(config)) {
			partition.initialize();
			MemoryRegion region = MemoryRegion.ram(0, arena.allocate(GIB, 0x20_0000));
			bench.time("map and unmap 1 GiB, " + units, 1, () -> {
				partition.mapMemory(region);
				partition.unmapMemory(region);
			});
			partition.mapMemory(region);
			partition.setProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
			bench.time("get and clear the dirty bitmap of 1 GiB, " + units, 1,
				() -> partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.CLEAR, 0, PAGES));
		}
	}

	private static void registers(Bench bench, Hypervisor hypervisor) {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			VirtualProcessor processor = guest.processor();
			bench.time("get 18 registers", 1000, () -> {
				for (int i = 0; i < 1000; i++) {
					processor.getRegisters(REGISTERS);
				}
			});
			Map<Register, RegisterValue> values = new LinkedHashMap<>();
			REGISTERS.forEach(register -> values.put(register, RegisterValue.of(2)));
			bench.time("set 18 registers", 1000, () -> {
				for (int i = 0; i < 1000; i++) {
					processor.setRegisters(values);
				}
			});
		}
	}

	private static void exits(Bench bench, Hypervisor hypervisor) {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().out(1).jump(0))) {
			VirtualProcessor processor = guest.processor();
			bench.time("exit and entry through run(), a port", 10_000, () -> {
				for (int i = 0; i < 10_000; i++) {
					// It is the same instruction again: RIP has not moved
					processor.run();
				}
			});
			MemorySegment page = processor.registerPage();
			bench.time("the same, the port completed through the register page", 10_000, () -> {
				for (int i = 0; i < 10_000; i++) {
					Intercept.IoPort port = (Intercept.IoPort) processor.run();
					page.set(JAVA_LONG, RegisterPage.RIP, port.header().rip() + port.header().instructionLength());
					page.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_IP);
				}
			});
		}
	}

	/** The time of a loop without what is measured is taken off. */
	private static long loops(Guest guest, int perLoop) {
		guest.processor().setRegisters(Map.of(Register.RIP, RegisterValue.of(Guest.CODE)));
		long start = System.nanoTime();
		guest.run(Intercept.IoPort.class);
		return (System.nanoTime() - start) / perLoop;
	}

	private static void doorbells(Bench bench, Hypervisor hypervisor, EventFactory events) {
		// MOV EBX, LOOPS; MOV RDI, address; again: MOV [RDI], EAX; DEC EBX; JNZ again; OUT
		GuestCode code = GuestCode.forLongMode().raw(0xBB, LOOPS & 0xFF, LOOPS >> 8, 0, 0).movRdi(Guest.NOWHERE);
		int again = code.position();
		code.storeEax().raw(0xFF, 0xCB).raw(0x75, again - (code.position() + 4)).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code); Event event = events.create()) {
			guest.partition().assignIoeventfd(DoorbellRequest.anyValue(Guest.NOWHERE, 4, event));
			bench.measure("write to a doorbell, in the guest", () -> loops(guest, LOOPS));
		}
	}

	private static void hypercalls(Bench bench, Hypervisor hypervisor) {
		// MOV EBX, LOOPS; again: MOV ECX, control; MOV EAX, page; CALL RAX; DEC EBX; JNZ again; OUT
		GuestCode code = GuestCode.forLongMode().raw(0xBB, LOOPS & 0xFF, LOOPS >> 8, 0, 0);
		int again = code.position();
		code.movEcx(LONG_SPIN_WAIT).movEdx(1).movEax((int) HYPERCALL_PAGE).raw(0xFF, 0xD0).raw(0xFF, 0xCB)
			.raw(0x75, again - (code.position() + 4)).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.processor().setRegister(Register.GUEST_OS_ID, 1);
			guest.processor().setRegister(Register.HYPERCALL, HYPERCALL_PAGE | 1);
			bench.measure("hypercall of the guest, in registers", () -> loops(guest, LOOPS));
		}
	}

	private static void interrupts(Bench bench, Hypervisor hypervisor, EventFactory events) {
		// Enable the local APIC, say so, then spin with interrupts enabled
		GuestCode code = GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF).sti().out(1);
		int spin = code.position();
		interrupts(bench, "event to the guest's interrupt handler, it runs", hypervisor, events, code.jump(spin));
		// The same with HLT in the loop
		GuestCode halting = GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF).sti().out(1);
		int rest = halting.position();
		interrupts(bench, "event to the guest's interrupt handler, it halts", hypervisor, events, halting.hlt().jump(rest));
	}

	private static void interrupts(Bench bench, String what, Hypervisor hypervisor, EventFactory events, GuestCode code) {
		try (Guest guest = Guest.inLongMode(hypervisor, code); Event event = events.create()) {
			guest.longMode().handle(VECTOR, GuestCode.forLongMode().pushRdi().movRdi(COUNTER).increment().movRdi(0xFEE0_00B0L).store(0).popRdi()
				.iretq());
			guest.partition().setMsiRouting(List.of(new MsiRoute(GSI, 0xFEE0_0000, 0, VECTOR)));
			guest.partition().assignIrqfd(event, GSI);
			// An APIC that is not enabled yet would lose the interrupt
			guest.runToPort();
			Future<Intercept> run = guest.start();
			bench.measure(what, () -> {
				long[] times = new long[100];
				for (int i = 0; i < times.length; i++) {
					long count = guest.counter(COUNTER);
					long start = System.nanoTime();
					event.signal();
					while (guest.counter(COUNTER) == count) {
						Thread.onSpinWait();
					}
					times[i] = System.nanoTime() - start;
					// Time to come back to rest
					while (System.nanoTime() - start < times[i] + REST_NANOSECONDS) {
						Thread.onSpinWait();
					}
				}
				Arrays.sort(times);
				return times[times.length / 2];
			});
			guest.processor().interrupt();
			Guest.join(run);
		}
	}
}
