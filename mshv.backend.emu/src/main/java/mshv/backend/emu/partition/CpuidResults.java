package mshv.backend.emu.partition;

import java.util.Arrays;
import java.util.stream.Stream;

import mshv.api.abi.CpuidInterceptResult;

/** What the root has registered for CPUID on one processor. Any thread; looked at on every CPUID, so without a lock. */
final class CpuidResults {
	private static final CpuidInterceptResult[] NONE = {};

	private volatile CpuidInterceptResult[] registered = NONE;

	/** Adds a result, in place of one for the same leaf and subleaf; one that gives no bits removes it. */
	synchronized void register(CpuidInterceptResult result) {
		Stream<CpuidInterceptResult> others = Arrays.stream(registered).filter(other -> !sameKey(other, result));
		boolean empty = (result.eaxMask() | result.ebxMask() | result.ecxMask() | result.edxMask()) == 0;
		registered = (empty ? others : Stream.concat(others, Stream.of(result))).toArray(CpuidInterceptResult[]::new);
	}

	private static boolean sameKey(CpuidInterceptResult a, CpuidInterceptResult b) {
		return a.leaf() == b.leaf() && a.subleafSpecific() == b.subleafSpecific()
			&& (a.subleafSpecific() == 0 || a.subleaf() == b.subleaf());
	}

	/** Applies what is registered for a leaf. Results of one subleaf come after those of all.
	 * @param result EAX, EBX, ECX, EDX as computed, changed in place */
	void apply(int leaf, int subleaf, int[] result) {
		CpuidInterceptResult[] all = registered;
		if (all.length == 0) {
			return;
		}
		boolean zero = (result[0] | result[1] | result[2] | result[3]) == 0;
		for (int specific = 0; specific <= 1; specific++) {
			for (CpuidInterceptResult one : all) {
				if (one.leaf() == leaf && one.subleafSpecific() == specific && (specific == 0 || one.subleaf() == subleaf)
						&& (!zero || one.alwaysOverride() != 0)) {
					result[0] = result[0] & ~one.eaxMask() | one.eax() & one.eaxMask();
					result[1] = result[1] & ~one.ebxMask() | one.ebx() & one.ebxMask();
					result[2] = result[2] & ~one.ecxMask() | one.ecx() & one.ecxMask();
					result[3] = result[3] & ~one.edxMask() | one.edx() & one.edxMask();
				}
			}
		}
	}
}
