package mshv.api;

import java.util.OptionalInt;

/** What a guest gets of the hypervisor where an intercept would ask the root (HVCALL_REGISTER_INTERCEPT_RESULT). */
public sealed interface InterceptResult {
	/**
	 * Bits of a CPUID leaf.
	 *
	 * @param leaf EAX
	 * @param subleaf ECX for which it holds; empty if it holds for all
	 * @param always also where the hypervisor's own value is zero
	 * @param value bits to give
	 * @param mask bits that are given; the others stay as the hypervisor has them; no bit removes the result
	 */
	record Cpuid(int leaf, OptionalInt subleaf, boolean always, CpuidResult value, CpuidResult mask) implements InterceptResult {}

	/**
	 * Access to an MSR that the hypervisor does not have.
	 *
	 * @param index number of the MSR
	 * @param access HV_INTERCEPT_ACCESS_MASK: 1 reading, 2 writing, 3 both
	 * @param ignore reads give zero and writes are ignored, else both raise #GP
	 */
	record Msr(int index, int access, boolean ignore) implements InterceptResult {}
}
