package mshv.backend.mshv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.CallCode;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvRootHvcall;
import mshv.api.abi.PartitionPropertyInput;

/** Hypercalls that the driver hands through (MSHV_ROOT_HVCALL) on one descriptor. It writes the partition's id over what is given. */
final class Hypercalls {
	private static final int MAX_REPS = 0xFFFF;

	private final Descriptor descriptor;

	Hypercalls(Descriptor descriptor) {
		this.descriptor = descriptor;
	}

	/** @return what the hypervisor said, refusals too
	 * @throws HypervisorException if the driver refuses */
	PassThroughResult make(PassThroughCall call) {
		int size = call.input().length;
		if (size > PassThroughCall.MAX_SIZE || call.outputSize() < 0 || call.outputSize() > PassThroughCall.MAX_SIZE || call.reps() < 0
				|| call.reps() > MAX_REPS || call.code() < 0 || call.code() > 0xFFFF) {
			// The structure has 16 bits for each
			descriptor.requireOpen();
			throw new HypervisorException(name(call.code()) + ": a size that cannot be", Errno.EINVAL);
		}
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment input = arena.allocate(Math.max(size, 8), 8);
			MemorySegment.copy(call.input(), 0, input, JAVA_BYTE, 0, size);
			MemorySegment output = arena.allocate(Math.max(call.outputSize(), 8), 8);
			MemorySegment structure = arena.allocate(MshvRootHvcall.SIZE, 8);
			MemorySegment state = Kernel.errorState(arena);
			int result;
			do {
				new MshvRootHvcall(call.code(), call.reps(), size, call.outputSize(), 0, input.address(),
					call.outputSize() == 0 ? 0 : output.address()).encode(structure);
				result = descriptor.ioctl(MshvIoctl.ROOT_HVCALL, structure.address(), state);
				// The first drivers deposit a page on shortage and have the call made again
			} while (result == -Errno.EAGAIN.number());
			MshvRootHvcall done = MshvRootHvcall.decode(structure);
			if (result < 0 && done.status() == HvStatus.SUCCESS.code()) {
				throw Descriptor.refusal(name(call.code()), -result);
			}
			return new PassThroughResult(done.status(), done.reps(),
				result < 0 ? new byte[0] : output.asSlice(0, call.outputSize()).toArray(JAVA_BYTE));
		}
	}

	private static String name(int code) {
		return "hypercall 0x" + Integer.toHexString(code);
	}

	/** Makes a call that has to succeed. @param inputSize bytes @param input writes them @return the output */
	MemorySegment call(int code, int reps, int inputSize, Consumer<MemorySegment> input, int outputSize) {
		byte[] bytes = new byte[inputSize];
		input.accept(MemorySegment.ofArray(bytes));
		PassThroughResult result = make(new PassThroughCall(code, reps, bytes, outputSize));
		if (!result.success()) {
			throw new HypervisorException(name(code) + (reps > 0 ? " after " + result.reps() + " of " + reps : ""), HvStatus.of(result.status()));
		}
		return MemorySegment.ofArray(result.output());
	}

	/** Makes a repetition call in batches that fit into pages.
	 * @param fixed writes what comes before the repetitions' input @param fixedSize its bytes
	 * @param inputSize bytes of a repetition's input @param outputSize bytes of its output
	 * @param batch reads and writes one repetition */
	void repeat(int code, int count, Consumer<MemorySegment> fixed, int fixedSize, int inputSize, int outputSize, Repetition batch) {
		int inputs = (PassThroughCall.MAX_SIZE - fixedSize) / inputSize;
		int most = outputSize == 0 ? inputs : Math.min(inputs, PassThroughCall.MAX_SIZE / outputSize);
		for (int first = 0; first < count; first += most) {
			int start = first;
			int reps = Math.min(most, count - first);
			MemorySegment output = call(code, reps, fixedSize + reps * inputSize, input -> {
				fixed.accept(input);
				for (int i = 0; i < reps; i++) {
					batch.write(start + i, input.asSlice(fixedSize + (long) i * inputSize, inputSize));
				}
			}, reps * outputSize);
			for (int i = 0; i < reps && outputSize > 0; i++) {
				batch.read(start + i, output.asSlice((long) i * outputSize, outputSize));
			}
		}
	}

	/** One repetition of a call. */
	interface Repetition {
		/** Writes its input. */
		void write(int index, MemorySegment input);

		/** Reads its output; called if it has one. */
		default void read(int index, MemorySegment output) {
			throw new IllegalStateException("an output that nobody reads");
		}
	}

	long getProperty(int property) {
		return call(CallCode.GET_PARTITION_PROPERTY, 0, PartitionPropertyInput.SIZE, new PartitionPropertyInput(0, property)::encode, 8)
			.get(JAVA_LONG_UNALIGNED, 0);
	}

	/** @return the first 32 bits of an output */
	static int first(MemorySegment output) {
		return output.get(JAVA_INT_UNALIGNED, 0);
	}
}
