package mshv.api;

import java.util.Objects;

/**
 * A hypercall that the driver hands through (MSHV_ROOT_HVCALL). Only calls on the list of the handle that it is made on are accepted.
 *
 * @param code call code, see {@link mshv.api.abi.CallCode}
 * @param reps repetitions, 0 for a call without, at most 65535
 * @param input 8 to 4096 bytes as the call takes them; the first 8 are taken as the id of the handle's partition, whatever they hold
 * @param outputSize bytes of output that are wanted, 0 to 4096
 */
public record PassThroughCall(int code, int reps, byte[] input, int outputSize) {
	/** Most bytes of input or output: a page of the hypervisor. */
	public static final int MAX_SIZE = 4096;

	/** Requires an input. */
	public PassThroughCall {
		Objects.requireNonNull(input, "input");
	}

	/** @return a call without repetitions */
	public static PassThroughCall simple(int code, byte[] input, int outputSize) {
		return new PassThroughCall(code, 0, input, outputSize);
	}
}
