package mshv.backend.emu.guestcall;

import java.util.function.Predicate;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.GuestInterface;

/**
 * Shape of a hypercall, who may make it, and what carries it out.
 *
 * @param inputSize bytes of the fixed input
 * @param outputSize bytes of the output, without repetitions
 * @param repeated the call has repetitions
 * @param repetitionInput bytes of input for each repetition
 * @param repetitionOutput bytes of output for each repetition
 * @param variableHeader the call may have a variable header
 * @param offered whether the guest may make it
 * @param handler carries it out
 */
record GuestCall(int inputSize, int outputSize, boolean repeated, int repetitionInput, int repetitionOutput, boolean variableHeader,
		Predicate<GuestInterface> offered, Handler handler) {
	/** Carries out a hypercall. */
	@FunctionalInterface
	interface Handler {
		HvStatus handle(GuestInvocation call);
	}

	static GuestCall simple(int inputSize, int outputSize, Predicate<GuestInterface> offered, Handler handler) {
		return new GuestCall(inputSize, outputSize, false, 0, 0, false, offered, handler);
	}

	static GuestCall variable(int inputSize, Predicate<GuestInterface> offered, Handler handler) {
		return new GuestCall(inputSize, 0, false, 0, 0, true, offered, handler);
	}

	static GuestCall repeated(int inputSize, int repetitionInput, int repetitionOutput, boolean variableHeader,
			Predicate<GuestInterface> offered, Handler handler) {
		return new GuestCall(inputSize, 0, true, repetitionInput, repetitionOutput, variableHeader, offered, handler);
	}
}
