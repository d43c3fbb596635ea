package mshv.backend.emu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreatePartitionInput;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.DepositMemoryInput;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MapFlag;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.MapVpStatePageInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.SyntheticMsr;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.VpSignalPairMessage;

/** A root partition for tests: makes hypercalls by hand, and counts the signals of its scheduler. One thread makes calls at a time. */
public final class Root implements AutoCloseable {
	/** Creation flags of a partition with local APICs in x2APIC mode if it likes, and large pages. */
	public static final long STANDARD = 1L << 13 | 1L << 22 | 1L << 4 | 1L << 8 | 1L << 19;
	/** A partition without local APICs. */
	public static final long NO_APIC = 1L << 8 | 1L << 19;
	/** Outcomes of a dispatch: state and event. */
	public static final int BLOCKED = 1, BLOCKED_SUSPEND = 1 | 1 << 8, READY = 2, INTERCEPT = 2 | 2 << 8;
	/** Readable, writable, executable. */
	public static final int RWX = MapFlag.READABLE | MapFlag.WRITABLE | MapFlag.KERNEL_EXECUTABLE | MapFlag.USER_EXECUTABLE;

	private static final int VECTOR = 0xF3;

	/** The hypervisor. */
	public final EmulatedHypervisor hypervisor;
	/** Memory of the root. */
	public final Arena arena = Arena.ofShared();
	/** Input and output page. */
	public final MemorySegment input = arena.allocate(4096, 4096);
	/** Output page. */
	public final MemorySegment output = arena.allocate(4096, 4096);
	/** Indexes of the processors that were signalled. */
	public final LinkedBlockingQueue<Integer> signals = new LinkedBlockingQueue<>();
	private final MemorySegment messages = arena.allocate(4096, 4096);

	/** A root whose SynIC is up. */
	public Root() {
		this(0);
	}

	/** @param translationThreshold how often code is come to before it is translated; 0: never */
	public Root(int translationThreshold) {
		hypervisor = new EmulatedHypervisor(2_000_000_000L, 4, translationThreshold);
		hypervisor.setInterruptHandler(this::interrupt);
		hypervisor.writeMsr(SyntheticMsr.SIMP, messages.address() | 1);
		hypervisor.writeMsr(SyntheticMsr.SINT0, VECTOR | SyntheticMsr.SINT_AUTO_EOI);
		hypervisor.writeMsr(SyntheticMsr.SCONTROL, 1);
	}

	private void interrupt(int vector) {
		for (int i = 0; i < VpSignalPairMessage.count(messages); i++) {
			signals.add(VpSignalPairMessage.vpIndex(messages, i));
		}
		boolean pending = (messages.get(JAVA_INT_UNALIGNED, 4) >> 8 & 1) != 0;
		messages.set(JAVA_INT_UNALIGNED, 0, 0);
		if (pending) {
			hypervisor.writeMsr(SyntheticMsr.EOM, 0);
		}
	}

	/** Waits for a signal. @return index of the processor, null if none comes within ten seconds */
	public Integer awaitSignal() throws InterruptedException {
		return signals.poll(10, TimeUnit.SECONDS);
	}

	/** Makes a memory call. @return the result value */
	public long call(long control, Consumer<MemorySegment> writer) {
		input.fill((byte) 0);
		writer.accept(input);
		return hypervisor.hypercall(control, input.address(), output.address());
	}

	/** Makes a call without repetitions. */
	public HvStatus simple(int code, Consumer<MemorySegment> writer) {
		return HvStatus.of(HypercallResult.status(call(HypercallControl.simple(code, 0), writer)));
	}

	/** Makes a fast call. */
	public HvStatus fast(int code, long input0, long input1) {
		return HvStatus.of(HypercallResult.status(hypervisor.hypercall(HypercallControl.fast(code), input0, input1)));
	}

	private static void require(HvStatus status) {
		if (status != HvStatus.SUCCESS) {
			throw new AssertionError(status);
		}
	}

	/** Creates a partition that is not initialized. @return its id */
	public long createPartition(long flags) {
		require(simple(CallCode.CREATE_PARTITION, new CreatePartitionInput(flags, 0, 0x609, 0, 0, 0, 0)::encode));
		return output.get(JAVA_LONG_UNALIGNED, 0);
	}

	/** Deposits fresh pages, at most 511. */
	public HvStatus deposit(long partition, int pages) {
		MemorySegment memory = arena.allocate(4096L * pages, 4096);
		long result = call(HypercallControl.repetitions(CallCode.DEPOSIT_MEMORY, pages, 0), page -> {
			new DepositMemoryInput(partition).encode(page);
			for (int i = 0; i < pages; i++) {
				page.set(JAVA_LONG_UNALIGNED, DepositMemoryInput.SIZE + 8L * i, (memory.address() >>> 12) + i);
			}
		});
		return HvStatus.of(HypercallResult.status(result));
	}

	/** Creates a partition that is initialized and has memory in its pool. @return its id */
	public long partition(long flags) {
		long partition = createPartition(flags);
		require(deposit(partition, 300));
		require(fast(CallCode.INITIALIZE_PARTITION, partition, 0));
		return partition;
	}

	/** Creates a processor and releases it from its explicit suspension. */
	public void createVp(long partition, int vp) {
		require(simple(CallCode.CREATE_VP, new CreateVpInput(partition, vp, 0, 0, 0, 0)::encode));
		set(partition, vp, Register.EXPLICIT_SUSPEND, 0);
	}

	/** Maps fresh, zeroed memory. @return the memory */
	public MemorySegment map(long partition, long guestAddress, int pages) {
		MemorySegment memory = arena.allocate(4096L * pages, 4096);
		map(partition, guestAddress >>> 12, memory.address() >>> 12, pages, RWX);
		return memory;
	}

	/** Maps small pages, continuing as long as it takes. */
	public void map(long partition, long guestPage, long hostPage, int pages, int flags) {
		int batch = 509;
		for (int first = 0; first < pages; first += batch) {
			int base = first;
			int count = Math.min(batch, pages - first);
			for (int done = 0; done < count;) {
				int start = done;
				long result = call(HypercallControl.repetitions(CallCode.MAP_GPA_PAGES, count, start), page -> {
					new MapGpaPagesInput(partition, guestPage + base, flags).encode(page);
					for (int i = 0; i < count; i++) {
						page.set(JAVA_LONG_UNALIGNED, MapGpaPagesInput.SIZE + 8L * i, hostPage + base + i);
					}
				});
				require(HvStatus.of(HypercallResult.status(result)));
				done = HypercallResult.completed(result);
			}
		}
	}

	/** Writes a register. @return status of the call */
	public HvStatus trySet(long partition, int vp, int name, long low, long high) {
		long result = call(HypercallControl.repetitions(CallCode.SET_VP_REGISTERS, 1, 0), page -> {
			new VpRegistersInput(partition, vp, 0).encode(page);
			new RegisterAssociation(name, low, high).encode(page.asSlice(VpRegistersInput.SIZE));
		});
		return HvStatus.of(HypercallResult.status(result));
	}

	/** Writes a register of up to 64 bits. */
	public void set(long partition, int vp, Register register, long value) {
		require(trySet(partition, vp, register.code(), value, 0));
	}

	/** Writes a register. */
	public void set(long partition, int vp, Register register, RegisterValue value) {
		require(trySet(partition, vp, register.code(), value.low(), value.high()));
	}

	/** Reads a register. @return null if there is none */
	public RegisterValue get(long partition, int vp, int name) {
		long result = call(HypercallControl.repetitions(CallCode.GET_VP_REGISTERS, 1, 0), page -> {
			new VpRegistersInput(partition, vp, 0).encode(page);
			page.set(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE, name);
		});
		return HypercallResult.status(result) == 0
			? new RegisterValue(output.get(JAVA_LONG_UNALIGNED, 0), output.get(JAVA_LONG_UNALIGNED, 8)) : null;
	}

	/** @return the low half of a register */
	public long get(long partition, int vp, Register register) {
		return get(partition, vp, register.code()).low();
	}

	/** Sets a property. */
	public HvStatus setProperty(long partition, int property, long value) {
		return simple(CallCode.SET_PARTITION_PROPERTY, new SetPartitionPropertyInput(partition, property, value)::encode);
	}

	/** @return a property */
	public long property(long partition, int property) {
		require(simple(CallCode.GET_PARTITION_PROPERTY, new PartitionPropertyInput(partition, property)::encode));
		return output.get(JAVA_LONG_UNALIGNED, 0);
	}

	/** @return a state page of a processor: 0 registers, 1 intercept message */
	@SuppressWarnings("restricted")
	public MemorySegment statePage(long partition, int vp, int type) {
		require(simple(CallCode.MAP_VP_STATE_PAGE, new MapVpStatePageInput(partition, vp, type, 0, 0, 0)::encode));
		return MemorySegment.ofAddress(output.get(JAVA_LONG_UNALIGNED, 0) << 12).reinterpret(4096);
	}

	/** Dispatches a processor, going on after an intercept, with pages of its own so that other threads can make calls meanwhile.
	 * @return state in bits 0-7, event from bit 8 on */
	public int dispatch(long partition, int vp) {
		try (Arena confined = Arena.ofConfined()) {
			MemorySegment page = confined.allocate(4096, 4096);
			new DispatchVpInput(partition, vp, 1, 0, 0).encode(page);
			long result = hypervisor.hypercall(CallCode.DISPATCH_VP, page.address(), page.address() + 2048);
			require(HvStatus.of(HypercallResult.status(result)));
			return page.get(JAVA_INT_UNALIGNED, 2048) | page.get(JAVA_INT_UNALIGNED, 2052) << 8;
		}
	}

	/** Dispatches a processor until it is intercepted, waiting for signals while it is blocked. */
	public Intercept run(long partition, int vp) throws InterruptedException {
		for (;;) {
			int outcome = dispatch(partition, vp);
			if (outcome == INTERCEPT) {
				return InterceptMessage.decode(statePage(partition, vp, 1));
			}
			if (outcome != READY && awaitSignal() == null) {
				throw new AssertionError("blocked for ever, outcome " + Integer.toHexString(outcome));
			}
		}
	}

	/** Puts a processor into flat 32-bit protected mode. */
	public void flat32(long partition, int vp, long rip) {
		set(partition, vp, Register.CS, RegisterValue.segment(0, -1, 8, 0xC09B));
		for (Register register : new Register[] {Register.SS, Register.DS, Register.ES}) {
			set(partition, vp, register, RegisterValue.segment(0, -1, 16, 0xC093));
		}
		set(partition, vp, Register.CR0, 0x11);
		set(partition, vp, Register.RIP, rip);
		set(partition, vp, Register.RFLAGS, 2);
		if (vp != 0) {
			set(partition, vp, Register.INTERNAL_ACTIVITY_STATE, 0);
		}
	}

	/** Puts a processor into 64-bit mode with the first 4 GiB mapped one to one, by tables from 0x8000 to 0xDFFF of {@code memory}. */
	public void flat64(long partition, int vp, MemorySegment memory, long rip) {
		memory.set(JAVA_LONG_UNALIGNED, 0x8000, 0x9003);
		for (int i = 0; i < 4; i++) {
			memory.set(JAVA_LONG_UNALIGNED, 0x9000 + 8 * i, 0xA003 + 0x1000 * i);
			for (int j = 0; j < 512; j++) {
				memory.set(JAVA_LONG_UNALIGNED, 0xA000 + 0x1000 * i + 8 * j, (i * 512L + j << 21) + 0x83);
			}
		}
		flat32(partition, vp, rip);
		set(partition, vp, Register.CS, RegisterValue.segment(0, -1, 8, 0xA09B));
		set(partition, vp, Register.CR4, 0x20);
		set(partition, vp, Register.CR3, 0x8000);
		set(partition, vp, Register.EFER, 0x500);
		set(partition, vp, Register.CR0, 0x80000011L);
	}

	/** Ends the hypervisor alone. */
	public void closeHypervisor() {
		hypervisor.close();
	}

	@Override
	public void close() {
		closeHypervisor();
		arena.close();
	}
}
