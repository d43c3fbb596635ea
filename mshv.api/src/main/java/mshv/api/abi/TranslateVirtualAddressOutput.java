package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Output of HVCALL_TRANSLATE_VIRTUAL_ADDRESS.
 *
 * @param result HV_TRANSLATE_GVA_RESULT_CODE
 * @param flags bits 0-7 cache type, bit 8 overlay page
 * @param page guest page number
 */
public record TranslateVirtualAddressOutput(int result, int flags, long page) {
	/** Size in bytes. */
	public static final int SIZE = 16;

	/** Writes every byte of the structure, reserved ones as zero. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, result);
		at.set(JAVA_INT_UNALIGNED, 4, flags);
		at.set(JAVA_LONG_UNALIGNED, 8, page);
	}

	/** @return the structure at {@code at}; reserved bytes are not looked at */
	public static TranslateVirtualAddressOutput decode(MemorySegment at) {
		return new TranslateVirtualAddressOutput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4),
			at.get(JAVA_LONG_UNALIGNED, 8));
	}
}
