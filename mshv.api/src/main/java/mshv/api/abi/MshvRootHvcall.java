package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_ROOT_HVCALL (mshv_root_hvcall).
 *
 * @param code call code
 * @param reps repetitions asked for, afterwards those completed; 0 for a simple call
 * @param inputSize bytes of input
 * @param outputSize room for output in bytes
 * @param status 0, afterwards HV_STATUS
 * @param inputAddress address of the input in the caller's memory
 * @param outputAddress address for the output, 0 without
 */
public record MshvRootHvcall(int code, int reps, int inputSize, int outputSize, int status, long inputAddress, long outputAddress) {
	/** Size in bytes. */
	public static final int SIZE = 32;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_SHORT_UNALIGNED, 0, (short) code);
		at.set(JAVA_SHORT_UNALIGNED, 2, (short) reps);
		at.set(JAVA_SHORT_UNALIGNED, 4, (short) inputSize);
		at.set(JAVA_SHORT_UNALIGNED, 6, (short) outputSize);
		at.set(JAVA_SHORT_UNALIGNED, 8, (short) status);
		at.set(JAVA_LONG_UNALIGNED, 16, inputAddress);
		at.set(JAVA_LONG_UNALIGNED, 24, outputAddress);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static MshvRootHvcall decode(MemorySegment at) {
		return new MshvRootHvcall(u16(at, 0), u16(at, 2), u16(at, 4), u16(at, 6), u16(at, 8), at.get(JAVA_LONG_UNALIGNED, 16),
			at.get(JAVA_LONG_UNALIGNED, 24));
	}

	private static int u16(MemorySegment at, int offset) {
		return at.get(JAVA_SHORT_UNALIGNED, offset) & 0xFFFF;
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, 8) >>> 16 == 0;
	}
}
