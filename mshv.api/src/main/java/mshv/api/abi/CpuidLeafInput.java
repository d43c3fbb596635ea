package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * One repetition of HVCALL_GET_VP_CPUID_VALUES.
 *
 * @param leaf EAX
 * @param subleaf ECX
 * @param xfem XCR0 to assume
 * @param xss IA32_XSS to assume
 */
public record CpuidLeafInput(int leaf, int subleaf, long xfem, long xss) {
	/** Size in bytes. */
	public static final int SIZE = 24;

	/** Writes every byte of the structure. @param at at least {@link #SIZE} bytes */
	public void encode(MemorySegment at) {
		at.set(JAVA_INT_UNALIGNED, 0, leaf);
		at.set(JAVA_INT_UNALIGNED, 4, subleaf);
		at.set(JAVA_LONG_UNALIGNED, 8, xfem);
		at.set(JAVA_LONG_UNALIGNED, 16, xss);
	}

	/** @return the structure at {@code at} */
	public static CpuidLeafInput decode(MemorySegment at) {
		return new CpuidLeafInput(at.get(JAVA_INT_UNALIGNED, 0), at.get(JAVA_INT_UNALIGNED, 4), at.get(JAVA_LONG_UNALIGNED, 8),
			at.get(JAVA_LONG_UNALIGNED, 16));
	}
}
