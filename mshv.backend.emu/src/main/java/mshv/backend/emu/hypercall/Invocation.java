package mshv.backend.emu.hypercall;

import java.lang.foreign.MemorySegment;

/** One hypercall that has passed the checks of its control word and addresses. */
final class Invocation {
	/** Input: fixed part, variable header, list of repetitions. */
	final MemorySegment input;
	/** Output, null if the call has none. */
	final MemorySegment output;
	/** Bytes of the variable header. */
	final int variableHeader;
	/** Repetitions in the call. */
	final int count;
	/** Repetitions done, those before the start included; the handler goes on from here and leaves here how far it came. */
	int completed;

	Invocation(MemorySegment input, MemorySegment output, int variableHeader, int count, int start) {
		this.input = input;
		this.output = output;
		this.variableHeader = variableHeader;
		this.count = count;
		completed = start;
	}
}
