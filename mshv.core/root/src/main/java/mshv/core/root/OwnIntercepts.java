package mshv.core.root;

import java.util.function.IntPredicate;

import mshv.api.Intercept;

/** Intercepts that the driver deals with itself: accesses to pages of movable regions, and ends of interrupts that are resampled. */
final class OwnIntercepts {
	private final GuestMemory memory;
	private final IntPredicate interruptEnded;

	/** @param interruptEnded told of the end of a level-triggered interrupt, by its vector; true if nobody else needs to know */
	OwnIntercepts(GuestMemory memory, IntPredicate interruptEnded) {
		this.memory = memory;
		this.interruptEnded = interruptEnded;
	}

	/** @param intercept an access to memory that is not mapped at all is never ours: that is a device
	 * @return true if the processor can go on without the user hearing of it */
	boolean handle(Intercept intercept) {
		if (intercept instanceof Intercept.IoPort) {
			// By far the most frequent
			return false;
		}
		return switch (intercept) {
			case Intercept.Memory access -> access.mapped() && memory.hasMovable()
				&& memory.fault(access.guestAddress(), access.header().access());
			case Intercept.ApicEoi eoi -> interruptEnded.test(eoi.vector());
			default -> false;
		};
	}
}
