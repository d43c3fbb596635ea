package mshv.backend.emu.partition;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What of a partition's guest is intercepted. Any thread; looked at on every occasion. */
public final class Intercepts {
	/** Access bits of HV_INTERCEPT_ACCESS_MASK. */
	static final int READ = 1, WRITE = 2, EXECUTE = 4;

	private final Map<Integer, Integer> msrs = new ConcurrentHashMap<>();
	private final Map<Integer, Integer> leaves = new ConcurrentHashMap<>();
	private final AtomicInteger exceptions = new AtomicInteger();
	private volatile int unknownMsrs;
	private volatile boolean allLeaves;
	private volatile boolean hypercalls;
	private volatile boolean startup;

	Intercepts() {}

	private static void set(Map<Integer, Integer> table, int index, int access) {
		if (access == 0) {
			table.remove(index);
		} else {
			table.put(index, access);
		}
	}

	/** Intercepts an MSR. @param access bits; 0 removes the intercept */
	public void setMsr(int index, int access) {
		set(msrs, index, access);
	}

	/** Intercepts all MSRs that do not exist. @param access bits; 0 removes the intercept */
	public void setUnknownMsrs(int access) {
		unknownMsrs = access;
	}

	/** Intercepts all CPUID leaves; a leaf that is intercepted by itself stays so. */
	public void setAllCpuid(boolean on) {
		allLeaves = on;
	}

	/** Intercepts hypercalls. */
	public void setHypercalls(boolean on) {
		hypercalls = on;
	}

	/** Intercepts start-up IPIs. */
	public void setStartup(boolean on) {
		startup = on;
	}

	/** Intercepts a CPUID leaf. @param access bits; 0 removes the intercept */
	public void setCpuid(int leaf, int access) {
		set(leaves, leaf, access);
	}

	/** Intercepts an exception from the next dispatch on. @param vector 0 to 31 @param on whether it is intercepted */
	public void setException(int vector, boolean on) {
		exceptions.updateAndGet(old -> on ? old | 1 << vector : old & ~(1 << vector));
	}

	/** @return bit n set: exception n is intercepted */
	int exceptions() {
		return exceptions.get();
	}

	boolean msr(int index, int access) {
		return !msrs.isEmpty() && (msrs.getOrDefault(index, 0) & access) != 0;
	}

	boolean unknownMsr(int access) {
		return (unknownMsrs & access) != 0;
	}

	boolean hypercalls() {
		return hypercalls;
	}

	boolean startup() {
		return startup;
	}

	boolean cpuid(int leaf) {
		return allLeaves || !leaves.isEmpty() && leaves.containsKey(leaf);
	}
}
