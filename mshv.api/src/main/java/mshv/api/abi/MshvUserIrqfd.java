package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_IRQFD (mshv_user_irqfd).
 *
 * @param descriptor eventfd that asserts the interrupt
 * @param resampleDescriptor eventfd that is signalled when the guest has served it, with {@link #RESAMPLE}
 * @param gsi number of the route
 * @param flags bits {@link #DEASSIGN}, {@link #RESAMPLE}
 */
public record MshvUserIrqfd(int descriptor, int resampleDescriptor, int gsi, int flags) {
	/** Size in bytes. */
	public static final int SIZE = 16;
	/** Bit of the flags: undoes the binding. */
	public static final int DEASSIGN = 1;
	/** Bit of the flags: there is a resample descriptor. */
	public static final int RESAMPLE = 2;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, descriptor);
		at.set(JAVA_INT_UNALIGNED, 4, resampleDescriptor);
		at.set(JAVA_INT_UNALIGNED, 8, gsi);
		at.set(JAVA_INT_UNALIGNED, 12, flags);
	}

	/** @return the structure at {@code at} */
	public static MshvUserIrqfd decode(MemorySegment at) {
		return new MshvUserIrqfd(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_INT_UNALIGNED, 8),
			at.get(JAVA_INT_UNALIGNED, 12));
	}
}
