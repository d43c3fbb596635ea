package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Input of HVCALL_GET_SYSTEM_PROPERTY.
 *
 * @param property HV_SYSTEM_PROPERTY; 15 scheduler type
 * @param argument 0
 */
public record SystemPropertyInput(int property, long argument) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, property);
		at.set(JAVA_LONG_UNALIGNED, 8, argument);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static SystemPropertyInput decode(MemorySegment at) {
		return new SystemPropertyInput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 8));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_INT_UNALIGNED, 4) == 0;
	}
}
