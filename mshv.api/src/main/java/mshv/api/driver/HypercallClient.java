package mshv.api.driver;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;

import mshv.api.HvStatus;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;

/**
 * Makes hypercalls: owns the input and output pages, repeats repetition calls until they are done, deposits memory when a call asks for
 * it, and turns statuses into exceptions. A service of the common driver piece, one for each hypervisor.
 */
@ProviderType
public interface HypercallClient {
	/** Service property of everything that a driver piece builds on a hypervisor: {@code service.id} of its hypercall interface, a
	 * {@link Long}. Pieces with the same value belong together; two hypervisors may have the same name. */
	String HYPERVISOR_ID = "mshv.hypervisor.id";

	/** @return name of the hypervisor behind it */
	String hypervisor();

	/** Makes a memory call without repetitions.
	 * @param code call code
	 * @param variableHeader bytes after the fixed input, a multiple of 8, or 0
	 * @param input writes the input; the page it is given is zeroed
	 * @param output reads the output page; null if the call has none
	 * @throws mshv.api.HypervisorException if the status is not success */
	void call(int code, int variableHeader, Consumer<MemorySegment> input, Consumer<MemorySegment> output);

	/** As {@link #call}, but memory shortage is met by depositing pages to the partition and trying again. */
	void callWithDeposit(long partition, int code, Consumer<MemorySegment> input, Consumer<MemorySegment> output);

	/** Makes a repetition call, in as many batches as needed.
	 * @param code call code
	 * @param count repetitions in all, at least 1
	 * @param batch most repetitions in one call; named for its cause by the caller
	 * @param depositTo partition to deposit memory to on shortage, 0 not to
	 * @param input writes the input of a batch
	 * @param output reads the output of a batch; null if there is none
	 * @throws RepException if a repetition fails: those before it stay done */
	void repeat(int code, int count, int batch, long depositTo, BatchInput input, BatchOutput output);

	/** Makes a fast call. @return the status */
	HvStatus fast(int code, long input0, long input1);

	/** As {@link #fast}, but memory shortage is met by depositing pages to the partition and trying again. */
	HvStatus fastWithDeposit(long partition, int code, long input0, long input1);

	/** Makes a memory call as its bytes say. Memory shortage is met by depositing pages to the target and going on where it stopped.
	 * @param target partition that the call is about, written over the first 8 bytes of the input
	 * @param call 8 to 4096 bytes of input, 0 to 4096 bytes of output
	 * @return what the hypervisor answered, refusals and {@link HvStatus#CALL_PENDING} too; where no more memory can be deposited, the
	 *         status that asked for it */
	PassThroughResult passThrough(long target, PassThroughCall call);

	/** Deposits whole pages to a partition's pool.
	 * @throws mshv.api.HypervisorException (ENOMEM) if there are none, or an administrator's limit does not allow it */
	void deposit(long partition, int pages);

	/** Takes back all pages of a partition's pool and frees them. @return how many */
	int withdrawAll(long partition);

	/** Writes the input of one batch of a repetition call. */
	@FunctionalInterface
	interface BatchInput {
		/** @param page zeroed input page
		 * @param first number of the batch's first repetition in the whole
		 * @param count repetitions in this batch */
		void write(MemorySegment page, int first, int count);
	}

	/** Reads the output of one batch. */
	@FunctionalInterface
	interface BatchOutput {
		/** @param page output page
		 * @param first number of the batch's first repetition in the whole
		 * @param count repetitions completed in this batch */
		void read(MemorySegment page, int first, int count);
	}
}
