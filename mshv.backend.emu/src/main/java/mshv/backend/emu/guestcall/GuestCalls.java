package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

import mshv.api.HvStatus;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.guest.SyntheticFeatures;
import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * Takes the hypercalls of one processor: input in registers, XMM registers or guest memory (TLFS 3.7). On the processor's thread.
 * <p>
 * No call takes long, so one with repetitions does them all; a guest that continues one by itself gives the repetition to start with.
 */
public final class GuestCalls {
	private static final long VARIABLE_HEADER = 0x3FFL << 17;
	private static final long REPETITIONS = 0x0FFF_0FFF_0000_0000L;
	private static final int PAGE_SIZE = PhysicalMemory.PAGE_SIZE;
	/** Bytes of two general-purpose and six XMM registers. */
	private static final int REGISTERS_SIZE = 112;
	private static final int GENERAL_SIZE = 16;

	private final Caller caller;
	private final PhysicalMemory memory;
	private final Map<Integer, GuestCall> calls = new HashMap<>();
	private final GuestInvocation invocation = new GuestInvocation();
	/** Input of a fast call, and its output. */
	private final MemorySegment registers = MemorySegment.ofArray(new long[REGISTERS_SIZE / Long.BYTES]);

	/** @param memory the partition's memory */
	public GuestCalls(Caller caller, PhysicalMemory memory) {
		this.caller = caller;
		this.memory = memory;
		new FlushCalls(caller).register(calls);
		new InterruptCalls(caller).register(calls);
		new MessageCalls(caller).register(calls);
		new ProcessorCalls(caller).register(calls);
	}

	/** Makes the call that the registers say, and leaves the result in them. */
	public void call(Cpu cpu) {
		boolean wide = cpu.mode == 64;
		long[] r = cpu.r;
		long control = wide ? r[Cpu.RCX] : pair(r[Cpu.RDX], r[Cpu.RAX]);
		long first = wide ? r[Cpu.RDX] : pair(r[Cpu.RBX], r[Cpu.RCX]);
		long second = wide ? r[8] : pair(r[Cpu.RDI], r[Cpu.RSI]);
		long result = call(cpu, control, first, second);
		r[Cpu.RAX] = wide ? result : result & 0xFFFFFFFFL;
		if (!wide) {
			r[Cpu.RDX] = result >>> 32;
		}
	}

	private static long pair(long high, long low) {
		return high << 32 | low & 0xFFFFFFFFL;
	}

	private long call(Cpu cpu, long control, long first, long second) {
		GuestCall call = calls.get(HypercallControl.code(control));
		if (call == null) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_CODE);
		}
		if (!call.offered().test(caller.guest())) {
			return HypercallResult.of(HvStatus.ACCESS_DENIED);
		}
		int count = HypercallControl.count(control);
		int start = HypercallControl.start(control);
		boolean repetitions = call.repeated() ? count != 0 && start < count : (control & REPETITIONS) == 0;
		if ((control & HypercallControl.RESERVED) != 0 || !repetitions || !call.variableHeader() && (control & VARIABLE_HEADER) != 0) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT);
		}
		invocation.variableHeader = HypercallControl.variableHeader(control);
		invocation.count = count;
		invocation.completed = start;
		int inputSize = call.inputSize() + invocation.variableHeader + count * call.repetitionInput();
		int outputSize = call.outputSize() + count * call.repetitionOutput();
		return HypercallControl.isFast(control) ? fast(cpu, call, first, second, inputSize, outputSize)
			: inMemory(cpu, call, first, second, inputSize, outputSize);
	}

	private long done(GuestCall call) {
		HvStatus status = call.handler().handle(invocation);
		return HypercallResult.of(status, invocation.completed);
	}

	// Fast calls

	private long fast(Cpu cpu, GuestCall call, long first, long second, int inputSize, int outputSize) {
		int outputAt = inputSize + 15 & -16;
		boolean fits = outputSize == 0 ? inputSize <= REGISTERS_SIZE
			: outputAt + outputSize <= REGISTERS_SIZE
				&& caller.guest().offers(SyntheticFeatures.FAST_HYPERCALL_OUTPUT);
		if (!fits) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT, invocation.completed);
		}
		registers.set(JAVA_LONG_UNALIGNED, 0, first);
		registers.set(JAVA_LONG_UNALIGNED, Long.BYTES, second);
		for (int at = GENERAL_SIZE; at < inputSize; at += Long.BYTES) {
			registers.set(JAVA_LONG_UNALIGNED, at, cpu.xmm[(at - GENERAL_SIZE) / Long.BYTES]);
		}
		MemorySegment.copy(registers, 0, invocation.input, 0, inputSize);
		int before = invocation.completed;
		long result = done(call);
		if (outputSize != 0) {
			int from = call.outputSize() == 0 ? before * call.repetitionOutput() : 0;
			int to = call.outputSize() + invocation.completed * call.repetitionOutput();
			returnFast(cpu, outputAt, from, HypercallResult.status(result) == 0 || call.outputSize() == 0 ? to : from);
		}
		return result;
	}

	/** Puts output into the registers that follow the input. */
	private void returnFast(Cpu cpu, int outputAt, int from, int to) {
		for (int i = 0; i < 12; i++) {
			registers.set(JAVA_LONG_UNALIGNED, GENERAL_SIZE + (long) i * Long.BYTES, cpu.xmm[i]);
		}
		registers.set(JAVA_LONG_UNALIGNED, 0, cpu.mode == 64 ? cpu.r[Cpu.RDX] : pair(cpu.r[Cpu.RBX], cpu.r[Cpu.RCX]));
		registers.set(JAVA_LONG_UNALIGNED, Long.BYTES, cpu.mode == 64 ? cpu.r[8] : pair(cpu.r[Cpu.RDI], cpu.r[Cpu.RSI]));
		MemorySegment.copy(invocation.output, from, registers, outputAt + (long) from, to - from);
		long low = registers.get(JAVA_LONG_UNALIGNED, 0);
		long high = registers.get(JAVA_LONG_UNALIGNED, Long.BYTES);
		if (cpu.mode == 64) {
			cpu.r[Cpu.RDX] = low;
			cpu.r[8] = high;
		} else {
			cpu.r[Cpu.RBX] = low >>> 32;
			cpu.r[Cpu.RCX] = low & 0xFFFFFFFFL;
			cpu.r[Cpu.RDI] = high >>> 32;
			cpu.r[Cpu.RSI] = high & 0xFFFFFFFFL;
		}
		for (int i = 0; i < 12; i++) {
			cpu.xmm[i] = registers.get(JAVA_LONG_UNALIGNED, GENERAL_SIZE + (long) i * Long.BYTES);
		}
	}

	// Calls with pages

	private long inMemory(Cpu cpu, GuestCall call, long input, long output, int inputSize, int outputSize) {
		int start = invocation.completed;
		HvStatus status = check(input, inputSize, PhysicalMemory.READ);
		if (status == HvStatus.SUCCESS) {
			status = check(output, outputSize, PhysicalMemory.WRITE);
		}
		if (status != HvStatus.SUCCESS) {
			return HypercallResult.of(status, start);
		}
		if (outputSize != 0) {
			cpu.mmu.beforeWrite(output, outputSize);
		}
		if (inputSize != 0) {
			RAW.copyOut(host(input), (byte[]) invocation.input.heapBase().orElseThrow(), 0, inputSize);
			AccessLog log = memory.accessLog();
			if (log != null) {
				log.read(input >>> PhysicalMemory.PAGE_SHIFT);
			}
		}
		long result = done(call);
		if (outputSize != 0) {
			int from = call.outputSize() == 0 ? start * call.repetitionOutput() : 0;
			int to = call.outputSize() == 0 ? invocation.completed * call.repetitionOutput()
				: HypercallResult.status(result) == 0 ? call.outputSize() : 0;
			if (to > from) {
				write(cpu, output, from, to);
			}
		}
		return result;
	}

	private HvStatus check(long address, int size, long right) {
		if (size == 0) {
			return HvStatus.SUCCESS;
		}
		if ((address & 7) != 0 || (address & PAGE_SIZE - 1) + size > PAGE_SIZE) {
			return HvStatus.INVALID_ALIGNMENT;
		}
		boolean there = (address & ~PhysicalMemory.ADDRESS_MASK) == 0 && (memory.entry(address >>> PhysicalMemory.PAGE_SHIFT) & right) != 0;
		return there ? HvStatus.SUCCESS : HvStatus.INVALID_HYPERCALL_INPUT;
	}

	private long host(long address) {
		return (memory.entry(address >>> PhysicalMemory.PAGE_SHIFT) & PhysicalMemory.HOST) + (address & PAGE_SIZE - 1);
	}

	private void write(Cpu cpu, long address, int from, int to) {
		RAW.copyIn((byte[]) invocation.output.heapBase().orElseThrow(), from, host(address) + from, to - from);
		cpu.mmu.afterWrite(address + from, to - from);
	}
}
