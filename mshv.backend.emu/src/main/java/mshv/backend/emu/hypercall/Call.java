package mshv.backend.emu.hypercall;

import mshv.api.HvStatus;

/**
 * Shape of a hypercall, and what carries it out.
 *
 * @param inputSize bytes of the fixed input
 * @param outputSize bytes of the output, without repetitions
 * @param repeated the call has repetitions
 * @param repetitionInput bytes of input for each repetition
 * @param repetitionOutput bytes of output for each repetition
 * @param variableHeader the call may have a variable header
 * @param handler carries it out
 */
record Call(int inputSize, int outputSize, boolean repeated, int repetitionInput, int repetitionOutput, boolean variableHeader,
		Handler handler) {
	/** Carries out a hypercall. */
	@FunctionalInterface
	interface Handler {
		HvStatus handle(Invocation call);
	}

	/** A call without repetitions. */
	static Call simple(int inputSize, int outputSize, Handler handler) {
		return new Call(inputSize, outputSize, false, 0, 0, false, handler);
	}

	/** A call with repetitions. */
	static Call repeated(int inputSize, int repetitionInput, int repetitionOutput, Handler handler) {
		return new Call(inputSize, 0, true, repetitionInput, repetitionOutput, false, handler);
	}

	/** A call with a variable header.
	 * @param outputSize most bytes of output; the caller need not give a page for it where the kind of call has none */
	static Call variable(int inputSize, int outputSize, Handler handler) {
		return new Call(inputSize, outputSize, false, 0, 0, true, handler);
	}

	/** @return true if the input may come in registers */
	boolean fast() {
		return !repeated && !variableHeader && inputSize <= 16 && outputSize == 0;
	}
}
