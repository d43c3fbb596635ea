package mshv.backend.emu.hypercall;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.backend.emu.partition.Dispatch;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.VirtualProcessor;

/**
 * Takes the root's hypercalls: checks the control word and the addresses (TLFS 3.8), then hands them to their handlers. Dispatching a
 * processor has a way of its own, without any object, because it is on the way of every exit of a guest. Any thread.
 */
public final class Dispatcher {
	private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());

	private static final int PAGE_SIZE = 4096;
	/** Addresses of this process: page 0 is nobody's, and user space ends here. */
	private static final long ADDRESS_LIMIT = 1L << 47;
	private static final long VARIABLE_HEADER = 0x3FFL << 17;
	private static final long REPETITIONS = 0x0FFF_0FFF_0000_0000L;
	private static final int DISPATCH_OUTPUT = 8;

	private final PartitionTable partitions;
	private final CallTable calls = new CallTable();

	/** A dispatcher of all calls that this hypervisor has.
	 * @param synic the root's
	 * @param pending calls that take time
	 * @param schedulerType HV_SCHEDULER_TYPE, 1 to 4 */
	public Dispatcher(PartitionTable partitions, RootSynic synic, PendingCalls pending, int schedulerType) {
		this.partitions = partitions;
		new PartitionCalls(partitions, pending).register(calls);
		new MemoryCalls(partitions).register(calls);
		new GuestMemoryCalls(partitions).register(calls);
		new HostAccessCalls(partitions).register(calls);
		new InterceptCalls(partitions).register(calls);
		new ProcessorCalls(partitions).register(calls);
		new StateCalls(partitions).register(calls);
		new InterruptCalls(partitions).register(calls);
		new PortCalls(partitions, synic).register(calls);
		new SystemCalls(schedulerType).register(calls);
	}

	/** Makes a hypercall; see {@link mshv.api.hypercall.HypercallInterface#hypercall}. Never throws. */
	public long call(long control, long input, long output) {
		try {
			if (control == CallCode.DISPATCH_VP) {
				return dispatch(input, output);
			}
			return check(control, input, output);
		} catch (RuntimeException | VirtualMachineError e) {
			LOG.log(Level.ERROR, "hypercall 0x" + Integer.toHexString(HypercallControl.code(control)), e);
			return HypercallResult.of(HvStatus.OPERATION_FAILED);
		}
	}

	private long check(long control, long input, long output) {
		int code = HypercallControl.code(control);
		if (code == CallCode.DISPATCH_VP) {
			// It has no form but that of its call code alone
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT);
		}
		Call call = calls.get(code);
		if (call == null) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_CODE);
		}
		int count = HypercallControl.count(control);
		int start = HypercallControl.start(control);
		boolean fast = HypercallControl.isFast(control);
		boolean repetitions = call.repeated() ? count != 0 && start < count : (control & REPETITIONS) == 0;
		if ((control & HypercallControl.RESERVED) != 0 || !repetitions || fast && !call.fast()
				|| !call.variableHeader() && (control & VARIABLE_HEADER) != 0) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT);
		}
		int variableHeader = HypercallControl.variableHeader(control);
		Invocation invocation;
		if (fast) {
			invocation = new Invocation(MemorySegment.ofArray(new long[] {input, output}), null, 0, 0, 0);
		} else {
			int inputSize = call.inputSize() + variableHeader + count * call.repetitionInput();
			int outputSize = call.outputSize() + count * call.repetitionOutput();
			// Inline output is the exception: whoever asks for state in pages need give no output page
			boolean hasOutput = outputSize != 0 && (output != 0 || !call.variableHeader());
			HvStatus status = checkAddress(input, inputSize);
			if (status == HvStatus.SUCCESS && hasOutput) {
				status = checkAddress(output, outputSize);
			}
			if (status != HvStatus.SUCCESS) {
				return HypercallResult.of(status, start);
			}
			invocation = new Invocation(segment(input, inputSize), hasOutput ? segment(output, outputSize) : null, variableHeader, count,
				start);
		}
		HvStatus status = call.handler().handle(invocation);
		return HypercallResult.of(status, invocation.completed);
	}

	private static HvStatus checkAddress(long address, int size) {
		if ((address & 7) != 0 || (address & PAGE_SIZE - 1) + size > PAGE_SIZE) {
			return HvStatus.INVALID_ALIGNMENT;
		}
		return address < PAGE_SIZE || address >= ADDRESS_LIMIT ? HvStatus.INVALID_PARAMETER : HvStatus.SUCCESS;
	}

	@SuppressWarnings("restricted")
	private static MemorySegment segment(long address, int size) {
		return MemorySegment.ofAddress(address).reinterpret(size);
	}

	/** HVCALL_DISPATCH_VP: layouts are those of {@link DispatchVpInput} and {@link mshv.api.abi.DispatchVpOutput}. */
	private long dispatch(long input, long output) {
		HvStatus status = checkAddress(input, DispatchVpInput.SIZE);
		if (status == HvStatus.SUCCESS) {
			status = checkAddress(output, DISPATCH_OUTPUT);
		}
		if (status != HvStatus.SUCCESS) {
			return HypercallResult.of(status);
		}
		if (partitions.schedulesProcessors()) {
			return HypercallResult.of(HvStatus.OPERATION_DENIED);
		}
		long id = RAW.getLong(input);
		Partition partition = partitions.findToDispatch(id);
		if (partition == null) {
			return HypercallResult.of(partitions.refusal(id));
		}
		VirtualProcessor processor = partition.processor(RAW.getInt(input + 8));
		if (processor == null) {
			return HypercallResult.of(HvStatus.INVALID_VP_INDEX);
		}
		int flags = RAW.getInt(input + 12);
		if ((flags & ~Dispatch.FLAGS) != 0) {
			return HypercallResult.of(HvStatus.INVALID_PARAMETER);
		}
		int outcome = processor.dispatch(flags, RAW.getLong(input + 16));
		if (outcome == Dispatch.REFUSED) {
			return HypercallResult.of(HvStatus.INVALID_VP_STATE);
		}
		// In one store, because it is read in one
		RAW.putLong(output, Dispatch.state(outcome) | (long) Dispatch.event(outcome) << 32);
		return 0;
	}
}
