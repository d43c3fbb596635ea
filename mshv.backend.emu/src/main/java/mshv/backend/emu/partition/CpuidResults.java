package mshv.backend.emu.partition;

import java.util.Arrays;
import java.util.stream.Stream;

import mshv.api.abi.CpuidInterceptResult;

/**
 * What the root has registered for CPUID on one processor. Any thread; looked at on every CPUID, so without a lock.
 * <p>
 * A feature cannot be registered into existence: virtual machine monitors pass on what the host's processor says of itself, and a guest
 * that believed it would meet invalid opcodes.
 */
final class CpuidResults {
	private static final CpuidInterceptResult[] NONE = {};
	private static final int EAX = 0, EBX = 1, ECX = 2, EDX = 3;

	/** Bits that say nothing of instructions. Leaf 1: a hypervisor is present; several logical processors. */
	private static final int HYPERVISOR = 1 << 31, HTT = 1 << 28;
	/** Leaf 0x80000001: core topology by legacy means, by leaves of its own; AMD's repetition of leaf 1 EDX. */
	private static final int LEGACY_CORES = 1 << 1, TOPOLOGY = 1 << 22, REPEATED = 0x0183_F3FD;

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
		int[] computed = result.clone();
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
		restrict(leaf, computed, result);
	}

	private static void restrict(int leaf, int[] computed, int[] result) {
		switch (leaf) {
			case 1 -> {
				result[ECX] &= computed[ECX] | HYPERVISOR;
				result[EDX] &= computed[EDX] | HTT;
			}
			case 6 -> result[EAX] &= computed[EAX];
			case 7 -> {
				result[EBX] &= computed[EBX];
				result[ECX] &= computed[ECX];
				result[EDX] &= computed[EDX];
			}
			case 0x8000_0001 -> {
				result[ECX] &= computed[ECX] | LEGACY_CORES | TOPOLOGY;
				result[EDX] &= computed[EDX] | REPEATED;
			}
			case 0x8000_0007 -> result[EDX] &= computed[EDX];
			case 0x8000_0008 -> result[EBX] &= computed[EBX];
			default -> {
				// Identification, topology and caches are the root's to tell
			}
		}
	}
}
