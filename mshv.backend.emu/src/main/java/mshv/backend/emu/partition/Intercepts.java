package mshv.backend.emu.partition;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Which MSRs, CPUID leaves and exceptions of a partition are intercepted. Any thread; looked at on every one of them. */
final class Intercepts {
	/** Access bits of HV_INTERCEPT_ACCESS_MASK. */
	static final int READ = 1, WRITE = 2, EXECUTE = 4;

	private final Map<Integer, Integer> msrs = new ConcurrentHashMap<>();
	private final Map<Integer, Integer> leaves = new ConcurrentHashMap<>();
	private final AtomicInteger exceptions = new AtomicInteger();

	private static void set(Map<Integer, Integer> table, int index, int access) {
		if (access == 0) {
			table.remove(index);
		} else {
			table.put(index, access);
		}
	}

	/** @param access bits; 0 removes the intercept */
	void setMsr(int index, int access) {
		set(msrs, index, access);
	}

	/** @param access bits; 0 removes the intercept */
	void setCpuid(int leaf, int access) {
		set(leaves, leaf, access);
	}

	/** @param vector 0 to 31 @param on whether it is intercepted */
	void setException(int vector, boolean on) {
		exceptions.updateAndGet(old -> on ? old | 1 << vector : old & ~(1 << vector));
	}

	/** @return bit n set: exception n is intercepted */
	int exceptions() {
		return exceptions.get();
	}

	boolean msr(int index, int access) {
		return !msrs.isEmpty() && (msrs.getOrDefault(index, 0) & access) != 0;
	}

	boolean cpuid(int leaf) {
		return !leaves.isEmpty() && leaves.containsKey(leaf);
	}
}
