package mshv.backend.emu.guestcall;

import java.lang.foreign.MemorySegment;

/** A hypercall that has passed the checks of its control word and addresses; its input is a copy that the guest cannot change. */
final class GuestInvocation {
	private static final int PAGE_SIZE = 4096;

	/** Input: fixed part, variable header, list of repetitions. */
	final MemorySegment input = MemorySegment.ofArray(new byte[PAGE_SIZE]);
	/** Output. */
	final MemorySegment output = MemorySegment.ofArray(new byte[PAGE_SIZE]);
	/** Bytes of the variable header. */
	int variableHeader;
	/** Repetitions in the call. */
	int count;
	/** Repetitions done, those before the start included; the handler goes on from here and leaves here how far it came. */
	int completed;
}
