package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;

import mshv.api.abi.MessageHeader;
import mshv.api.abi.MessageType;

/** Intercepts that the driver deals with itself: accesses to pages of movable regions, and ends of interrupts that are resampled. */
final class OwnIntercepts {
	private static final long ACCESS = MessageHeader.SIZE + 5;
	private static final long GUEST_ADDRESS = MessageHeader.SIZE + 56;
	private static final long VECTOR = MessageHeader.SIZE + 4;

	private final GuestMemory memory;
	private final IntPredicate interruptEnded;

	/** @param interruptEnded told of the end of a level-triggered interrupt, by its vector; true if nobody else needs to know */
	OwnIntercepts(GuestMemory memory, IntPredicate interruptEnded) {
		this.memory = memory;
		this.interruptEnded = interruptEnded;
	}

	/** @param message an intercept message; an access to memory that is not mapped at all is never ours: that is a device
	 * @return true if the processor can go on without the user hearing of it */
	boolean handle(MemorySegment message) {
		return switch (message.get(JAVA_INT, 0)) {
			case MessageType.GPA_INTERCEPT ->
				memory.hasMovable() && memory.fault(message.get(JAVA_LONG_UNALIGNED, GUEST_ADDRESS), message.get(JAVA_BYTE, ACCESS));
			case MessageType.X64_APIC_EOI -> interruptEnded.test(message.get(JAVA_INT, VECTOR));
			default -> false;
		};
	}
}
