package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.driver.HypercallClient;
import mshv.api.driver.RepException;

/** Makes each call once, with new pages; the hypervisor never asks it for memory. */
final class FakeClient implements HypercallClient {
	private final FakeHypervisor hypervisor;

	FakeClient(FakeHypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Override
	public String hypervisor() {
		return "fake";
	}

	@Override
	public void call(int code, int variableHeader, Consumer<MemorySegment> input, Consumer<MemorySegment> output) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment in = arena.allocate(4096, 4096);
			MemorySegment out = arena.allocate(4096, 4096);
			input.accept(in);
			long control = HypercallControl.simple(code, variableHeader);
			long result = hypervisor.hypercall(control, in.address(), output == null ? 0 : out.address());
			if (HypercallResult.status(result) != 0) {
				throw new HypervisorException("call 0x" + Integer.toHexString(code), HvStatus.of(HypercallResult.status(result)));
			}
			if (output != null) {
				output.accept(out);
			}
		}
	}

	@Override
	public void callWithDeposit(long partition, int code, Consumer<MemorySegment> input, Consumer<MemorySegment> output) {
		call(code, 0, input, output);
	}

	@Override
	public void repeat(int code, int count, int batch, long depositTo, BatchInput input, BatchOutput output) {
		for (int first = 0; first < count; first += batch) {
			int size = Math.min(batch, count - first);
			try (Arena arena = Arena.ofConfined()) {
				MemorySegment in = arena.allocate(4096, 4096);
				MemorySegment out = arena.allocate(4096, 4096);
				input.write(in, first, size);
				long result = hypervisor.hypercall(HypercallControl.repetitions(code, size, 0), in.address(), out.address());
				if (HypercallResult.status(result) != 0) {
					throw new RepException("call 0x" + Integer.toHexString(code), HvStatus.of(HypercallResult.status(result)),
						first + HypercallResult.completed(result));
				}
				if (output != null) {
					output.read(out, first, size);
				}
			}
		}
	}

	@Override
	public PassThroughResult passThrough(long target, PassThroughCall call) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment in = arena.allocate(4096, 4096);
			MemorySegment out = arena.allocate(4096, 4096);
			MemorySegment.copy(call.input(), 0, in, JAVA_BYTE, 0, call.input().length);
			in.set(JAVA_LONG_UNALIGNED, 0, target);
			long control = call.reps() == 0 ? HypercallControl.simple(call.code(), 0)
				: HypercallControl.repetitions(call.code(), call.reps(), 0);
			long result = hypervisor.hypercall(control, in.address(), call.outputSize() == 0 ? 0 : out.address());
			int status = HypercallResult.status(result);
			return new PassThroughResult(status, HypercallResult.completed(result),
				status == 0 ? out.asSlice(0, call.outputSize()).toArray(JAVA_BYTE) : new byte[0]);
		}
	}

	@Override
	public HvStatus fast(int code, long input0, long input1) {
		return HvStatus.of(HypercallResult.status(hypervisor.hypercall(HypercallControl.fast(code), input0, input1)));
	}

	@Override
	public HvStatus fastWithDeposit(long partition, int code, long input0, long input1) {
		return fast(code, input0, input1);
	}

	@Override
	public void deposit(long partition, int pages) {
		throw new UnsupportedOperationException("nobody asks");
	}

	@Override
	public int withdrawAll(long partition) {
		hypervisor.calls.add("withdraw");
		return 0;
	}
}
