package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.MshvRootHvcall;
import mshv.gateway.fault.Fault;

/** MSHV_ROOT_HVCALL, which all descriptors have. */
final class HypercallIoctl {
	private static final int MIN_INPUT = 8;

	private HypercallIoctl() {}

	/** Makes the call. @param passThrough that of the descriptor's object
	 * @return 0 or -errno; what the hypervisor said is in the program's structure either way */
	static long call(Caller caller, long argument, Function<PassThroughCall, PassThroughResult> passThrough) {
		MemorySegment structure = caller.read(argument, MshvRootHvcall.SIZE);
		MshvRootHvcall request = MshvRootHvcall.decode(structure);
		caller.note(request);
		if (request.status() != 0 || request.inputAddress() == 0 || request.inputSize() < MIN_INPUT
				|| request.inputSize() > PassThroughCall.MAX_SIZE || !MshvRootHvcall.reservedIsZero(structure)) {
			return -Errno.EINVAL.number();
		}
		int outputSize = request.outputAddress() == 0 ? 0 : request.outputSize();
		if (request.outputAddress() != 0 && (outputSize == 0 || outputSize > PassThroughCall.MAX_SIZE)) {
			return -Errno.EINVAL.number();
		}
		byte[] input = caller.read(request.inputAddress(), request.inputSize()).toArray(JAVA_BYTE);
		Fault fault = caller.owner().faults().hypercall(request.code());
		PassThroughResult result;
		if (fault instanceof Fault.Refused(HvStatus status)) {
			caller.notMade();
			result = new PassThroughResult(status.code(), 0, new byte[0]);
		} else {
			long failed = caller.fail(fault);
			if (failed < 0) {
				return failed;
			}
			result = passThrough.apply(new PassThroughCall(request.code(), request.reps(), input, outputSize));
		}
		if (result.success() && outputSize > 0) {
			caller.write(request.outputAddress(), caller.room(result.output().length).copyFrom(MemorySegment.ofArray(result.output())));
		}
		MemorySegment answer = caller.room(MshvRootHvcall.SIZE);
		MshvRootHvcall done = new MshvRootHvcall(request.code(), result.reps(), request.inputSize(), request.outputSize(), result.status(),
			request.inputAddress(), request.outputAddress());
		done.encode(answer);
		caller.note(done);
		caller.write(argument, answer);
		return result.success() ? 0 : -HvStatus.of(result.status()).errno().number();
	}
}
