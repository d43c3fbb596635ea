package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * A register with its value: element of HVCALL_SET_VP_REGISTERS (hv_register_assoc).
 *
 * @param name HV_REGISTER_NAME
 * @param low bits 0-63
 * @param high bits 64-127
 */
public record RegisterAssociation(int name, long low, long high) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, name);
		at.set(JAVA_LONG_UNALIGNED, 16, low);
		at.set(JAVA_LONG_UNALIGNED, 24, high);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static RegisterAssociation decode(MemorySegment at) {
		return new RegisterAssociation(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_LONG_UNALIGNED, 16), at.get(JAVA_LONG_UNALIGNED, 24));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return (at.get(JAVA_LONG_UNALIGNED, 4) | at.get(JAVA_INT_UNALIGNED, 12)) == 0;
	}
}
