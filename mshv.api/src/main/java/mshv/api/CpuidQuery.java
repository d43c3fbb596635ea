package mshv.api;

/**
 * A question for {@link VirtualProcessor#cpuidValues}.
 *
 * @param leaf EAX
 * @param subleaf ECX
 * @param xfem XCR0 to assume, unless the processor's own is used
 * @param xss IA32_XSS to assume, unless the processor's own is used
 */
public record CpuidQuery(int leaf, int subleaf, long xfem, long xss) {
	/** @return a question about a leaf for a processor without extended state */
	public static CpuidQuery of(int leaf, int subleaf) {
		return new CpuidQuery(leaf, subleaf, 0, 0);
	}
}
