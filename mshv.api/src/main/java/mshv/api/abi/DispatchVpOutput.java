package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Output of HVCALL_DISPATCH_VP.
 *
 * @param state HV_VP_DISPATCH_STATE: 1 blocked, 2 ready
 * @param event HV_VP_DISPATCH_EVENT: 0 none, 1 suspend, 2 intercept
 */
public record DispatchVpOutput(int state, int event) {
	/** Size in bytes. */
	public static final int SIZE = 8;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, state);
		at.set(JAVA_INT_UNALIGNED, 4, event);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static DispatchVpOutput decode(MemorySegment at) {
		return new DispatchVpOutput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4));
	}
}
