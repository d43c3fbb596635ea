package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Result of CPUID for HVCALL_REGISTER_INTERCEPT_RESULT.
 *
 * @param leaf EAX
 * @param subleaf ECX, if it holds for one only
 * @param subleafSpecific 1 if it holds for one ECX only
 * @param alwaysOverride 1 if it holds where the computed value is zero, too
 * @param eax bits of EAX
 * @param eaxMask which of them are given
 * @param ebx bits of EBX
 * @param ebxMask which of them are given
 * @param ecx bits of ECX
 * @param ecxMask which of them are given
 * @param edx bits of EDX
 * @param edxMask which of them are given
 */
public record CpuidInterceptResult(int leaf, int subleaf, int subleafSpecific, int alwaysOverride, int eax, int eaxMask, int ebx,
		int ebxMask, int ecx, int ecxMask, int edx, int edxMask) {
	/** Size in bytes. */
	public static final int SIZE = 44;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, SIZE).fill((byte) 0);
		at.set(JAVA_INT_UNALIGNED, 0, leaf);
		at.set(JAVA_INT_UNALIGNED, 4, subleaf);
		at.set(JAVA_BYTE, 8, (byte) subleafSpecific);
		at.set(JAVA_BYTE, 9, (byte) alwaysOverride);
		at.set(JAVA_INT_UNALIGNED, 12, eax);
		at.set(JAVA_INT_UNALIGNED, 16, eaxMask);
		at.set(JAVA_INT_UNALIGNED, 20, ebx);
		at.set(JAVA_INT_UNALIGNED, 24, ebxMask);
		at.set(JAVA_INT_UNALIGNED, 28, ecx);
		at.set(JAVA_INT_UNALIGNED, 32, ecxMask);
		at.set(JAVA_INT_UNALIGNED, 36, edx);
		at.set(JAVA_INT_UNALIGNED, 40, edxMask);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static CpuidInterceptResult decode(MemorySegment at) {
		return new CpuidInterceptResult(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_BYTE, 8) & 0xFF,
			at.get(JAVA_BYTE, 9) & 0xFF, at.get(JAVA_INT_UNALIGNED, 12), at.get(JAVA_INT_UNALIGNED, 16), at.get(JAVA_INT_UNALIGNED, 20),
			at.get(JAVA_INT_UNALIGNED, 24), at.get(JAVA_INT_UNALIGNED, 28), at.get(JAVA_INT_UNALIGNED, 32),
			at.get(JAVA_INT_UNALIGNED, 36), at.get(JAVA_INT_UNALIGNED, 40));
	}

	/** @return true if every reserved byte is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_SHORT_UNALIGNED, 10) == 0;
	}
}
