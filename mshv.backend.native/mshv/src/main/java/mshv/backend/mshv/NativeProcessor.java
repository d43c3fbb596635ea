package mshv.backend.mshv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.VpStatistics;
import mshv.api.abi.CallCode;
import mshv.api.abi.CpuidLeafInput;
import mshv.api.abi.CpuidValuesInput;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvVpState;
import mshv.api.abi.ReadGpaInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.WriteGpaInput;

/**
 * A processor's descriptor. Its calls wait for its run to end, so registers are read and written through the partition's.
 */
final class NativeProcessor implements VirtualProcessor {
	private static final int PAGE_SIZE = 4096;
	private static final int PAGE_SHIFT = 12;
	private static final int REGISTERS_PAGE = 0, INTERCEPT_PAGE = 1;
	private static final int CPUID_OWN_STATES = 1, CPUID_REGISTERED = 2;
	/** Cache type of ordinary memory. */
	private static final long WRITE_BACK = 6;
	/** Offset of the data in the input of HVCALL_WRITE_GPA, and in the output of HVCALL_READ_GPA. */
	private static final int WRITE_DATA = 32, READ_DATA = 8;
	private static final int READ_OUTPUT = 24, WRITE_OUTPUT = 8;
	/** The driver does not count instructions and interrupts for its users. */
	private static final long NOT_COUNTED = -1;

	private final NativePartition partition;
	private final int index;
	private final Descriptor descriptor;
	private final Hypercalls own;
	private final Runs runs;
	/** Until the partition is closed. */
	private final Arena arena = Arena.ofShared();
	private final MemorySegment registers;
	private final MemorySegment intercept;
	private final AtomicLong nanoseconds = new AtomicLong();
	private final AtomicLong intercepts = new AtomicLong();
	/** Of the thread that runs. */
	private final MemorySegment message = arena.allocate(InterceptMessage.SIZE, 8);
	private final MemorySegment runState = Kernel.errorState(arena);

	/** @param descriptor which it closes, if it cannot be made, too */
	NativeProcessor(NativePartition partition, int index, Descriptor descriptor) {
		this.partition = partition;
		this.index = index;
		this.descriptor = descriptor;
		own = new Hypercalls(descriptor);
		runs = new Runs(descriptor.kernel());
		try {
			registers = descriptor.map("register page of processor " + index, REGISTERS_PAGE, PAGE_SIZE, arena);
			intercept = descriptor.map("intercept page of processor " + index, INTERCEPT_PAGE, PAGE_SIZE, arena);
		} catch (HypervisorException e) {
			arena.close();
			descriptor.close();
			throw e;
		}
	}

	@Override
	public int index() {
		return index;
	}

	@Override
	public Partition partition() {
		return partition;
	}

	@Override
	public Intercept run() {
		descriptor.requireOpen();
		if (!runs.enter()) {
			return Intercept.Interrupted.INSTANCE;
		}
		boolean interrupted = false;
		long start = System.nanoTime();
		try {
			int result;
			do {
				interrupted = runs.ending();
				if (interrupted) {
					return Intercept.Interrupted.INSTANCE;
				}
				result = descriptor.ioctl(MshvIoctl.RUN_VP, message.address(), runState);
				// Any other signal that this thread has got ends it, too
			} while (result == -Kernel.EINTR);
			Descriptor.require("running processor " + index, result);
			intercepts.incrementAndGet();
			return InterceptMessage.decode(message);
		} finally {
			nanoseconds.addAndGet(System.nanoTime() - start);
			runs.leave(interrupted);
		}
	}

	@Override
	public void interrupt() {
		descriptor.requireOpen();
		runs.interrupt();
	}

	@Override
	public List<RegisterValue> getRegisters(List<Register> wanted) {
		requireSome(wanted.isEmpty(), "registers");
		RegisterValue[] values = new RegisterValue[wanted.size()];
		partition.calls().repeat(CallCode.GET_VP_REGISTERS, values.length, new VpRegistersInput(0, index, 0)::encode, VpRegistersInput.SIZE,
			Integer.BYTES, 16, new Hypercalls.Repetition() {
				@Override
				public void write(int i, MemorySegment input) {
					input.set(JAVA_INT_UNALIGNED, 0, wanted.get(i).code());
				}

				@Override
				public void read(int i, MemorySegment output) {
					values[i] = new RegisterValue(output.get(JAVA_LONG_UNALIGNED, 0), output.get(JAVA_LONG_UNALIGNED, 8));
				}
			});
		return Arrays.asList(values);
	}

	@Override
	public void setRegisters(Map<Register, RegisterValue> values) {
		requireSome(values.isEmpty(), "registers");
		List<RegisterAssociation> written = new ArrayList<>(values.size());
		values.forEach((register, value) -> written.add(new RegisterAssociation(register.code(), value.low(), value.high())));
		partition.calls().repeat(CallCode.SET_VP_REGISTERS, written.size(), new VpRegistersInput(0, index, 0)::encode, VpRegistersInput.SIZE,
			RegisterAssociation.SIZE, 0, (i, input) -> written.get(i).encode(input));
	}

	private void requireSome(boolean none, String what) {
		descriptor.requireOpen();
		if (none) {
			throw new HypervisorException("no " + what, Errno.EINVAL);
		}
	}

	@Override
	public byte[] getState(VpState state) {
		try (Arena own = Arena.ofConfined()) {
			for (long capacity = PAGE_SIZE;;) {
				MemorySegment buffer = own.allocate(capacity, PAGE_SIZE);
				MemorySegment request = own.allocate(MshvVpState.SIZE, 8);
				new MshvVpState(state.ordinal(), (int) capacity, buffer.address()).encode(request);
				int result = descriptor.ioctl(MshvIoctl.GET_VP_STATE, request.address(), Kernel.errorState(own));
				long size = Integer.toUnsignedLong(MshvVpState.decode(request).bufferSize());
				if (result < 0 && size <= capacity || size > Integer.MAX_VALUE) {
					throw Descriptor.refusal(state + " of processor " + index, -result);
				}
				if (result == 0) {
					return buffer.asSlice(0, size).toArray(JAVA_BYTE);
				}
				capacity = size + PAGE_SIZE - 1 & -PAGE_SIZE;
			}
		}
	}

	/** The driver takes as many bytes as the block has, whatever room it is told: so the size is compared here. */
	@Override
	public void setState(VpState state, byte[] bytes) {
		int size = getState(state).length;
		if (bytes.length != size) {
			throw new HypervisorException(state + " of " + bytes.length + " bytes instead of " + size, Errno.EINVAL);
		}
		int capacity = size + PAGE_SIZE - 1 & -PAGE_SIZE;
		try (Arena own = Arena.ofConfined()) {
			MemorySegment buffer = own.allocate(capacity, PAGE_SIZE);
			MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, size);
			descriptor.require(state + " of processor " + index, MshvIoctl.SET_VP_STATE, MshvVpState.SIZE,
				new MshvVpState(state.ordinal(), capacity, buffer.address())::encode);
		}
	}

	@Override
	public Translation translate(long address, long flags) {
		TranslateVirtualAddressOutput output = TranslateVirtualAddressOutput.decode(partition.calls().call(CallCode.TRANSLATE_VIRTUAL_ADDRESS,
			0, TranslateVirtualAddressInput.SIZE, new TranslateVirtualAddressInput(0, index, flags, address >>> PAGE_SHIFT)::encode,
			TranslateVirtualAddressOutput.SIZE));
		return new Translation(result(Translation.Result.values(), output.result()), output.page() << PAGE_SHIFT | address & PAGE_SIZE - 1);
	}

	private static <T> T result(T[] results, int code) {
		if (code < 0 || code >= results.length) {
			throw new HypervisorException("result " + code, HvStatus.OPERATION_FAILED);
		}
		return results[code];
	}

	@Override
	public List<CpuidResult> cpuidValues(List<CpuidQuery> queries, boolean ownStates, boolean registered) {
		requireSome(queries.isEmpty(), "leaves");
		CpuidResult[] results = new CpuidResult[queries.size()];
		int flags = (ownStates ? CPUID_OWN_STATES : 0) | (registered ? CPUID_REGISTERED : 0);
		partition.calls().repeat(CallCode.GET_VP_CPUID_VALUES, results.length, new CpuidValuesInput(0, index, flags)::encode,
			CpuidValuesInput.SIZE, CpuidLeafInput.SIZE, 16, new Hypercalls.Repetition() {
				@Override
				public void write(int i, MemorySegment input) {
					CpuidQuery query = queries.get(i);
					new CpuidLeafInput(query.leaf(), query.subleaf(), query.xfem(), query.xss()).encode(input);
				}

				@Override
				public void read(int i, MemorySegment output) {
					results[i] = new CpuidResult(output.get(JAVA_INT_UNALIGNED, 0), output.get(JAVA_INT_UNALIGNED, 4),
						output.get(JAVA_INT_UNALIGNED, 8), output.get(JAVA_INT_UNALIGNED, 12));
				}
			});
		return Arrays.asList(results);
	}

	@Override
	public GpaAccess readGpa(long address, int size) {
		checkAccess(address, size);
		MemorySegment output = guestMemory(CallCode.READ_GPA, ReadGpaInput.SIZE, READ_OUTPUT,
			new ReadGpaInput(0, index, size, address, WRITE_BACK)::encode);
		GpaAccess.Result result = result(GpaAccess.Result.values(), Hypercalls.first(output));
		return new GpaAccess(result, result == GpaAccess.Result.SUCCESS ? output.asSlice(READ_DATA, size).toArray(JAVA_BYTE) : new byte[0]);
	}

	@Override
	public GpaAccess.Result writeGpa(long address, byte[] data) {
		checkAccess(address, data.length);
		return result(GpaAccess.Result.values(), Hypercalls.first(guestMemory(CallCode.WRITE_GPA, WriteGpaInput.SIZE, WRITE_OUTPUT, input -> {
			new WriteGpaInput(0, index, data.length, address, WRITE_BACK, 0, 0).encode(input);
			MemorySegment.copy(data, 0, input, JAVA_BYTE, WRITE_DATA, data.length);
		})));
	}

	/** Not every version of the driver hands these two calls through. */
	private MemorySegment guestMemory(int code, int inputSize, int outputSize, Consumer<MemorySegment> input) {
		try {
			return partition.calls().call(code, 0, inputSize, input, outputSize);
		} catch (HypervisorException e) {
			if (e.status() == HvStatus.SUCCESS && e.errno() == Errno.EINVAL) {
				throw new HypervisorException("this driver does not hand through reading and writing guest memory", Errno.EOPNOTSUPP);
			}
			throw e;
		}
	}

	private void checkAccess(long address, int size) {
		descriptor.requireOpen();
		if (size < 1 || size > GpaAccess.MAX_SIZE || (address & PAGE_SIZE - 1) + size > PAGE_SIZE) {
			throw new HypervisorException("access to " + size + " bytes at 0x" + Long.toHexString(address), Errno.EINVAL);
		}
	}

	/** While the processor runs, this waits for the end of that. */
	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return own.make(call);
	}

	@Override
	public MemorySegment registerPage() {
		descriptor.requireOpen();
		return registers;
	}

	@Override
	public MemorySegment interceptPage() {
		descriptor.requireOpen();
		return intercept;
	}

	/** The time is that of its runs, which includes the time that it stood: what it has executed, the driver tells nobody. */
	@Override
	public VpStatistics statistics() {
		descriptor.requireOpen();
		return new VpStatistics(NOT_COUNTED, nanoseconds.get(), intercepts.get(), NOT_COUNTED);
	}

	/** Ends its run, and lets none begin. */
	void suspend() {
		runs.close();
	}

	/** Closes it; {@link #suspend} comes first. */
	void close() {
		descriptor.close();
		arena.close();
	}
}
