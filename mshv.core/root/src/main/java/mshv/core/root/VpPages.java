package mshv.core.root;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

import mshv.api.HypervisorException;

/** The pages that the hypervisor shares of one processor. Mapped together, unmapped in reverse. */
final class VpPages {
	private static final int PAGE_SIZE = 4096;

	private final Deque<Runnable> unmap = new ArrayDeque<>();
	private final MemorySegment intercept;
	private final MemorySegment registers;
	private final MemorySegment statistics;

	/** @param arena how long the pages may be touched
	 * @throws HypervisorException if a page is refused: then none stays mapped */
	VpPages(Hypercalls calls, long partition, int vp, Arena arena) {
		try {
			intercept = page(calls.mapStatePage(partition, vp, Hypercalls.PAGE_INTERCEPT), arena);
			unmap.push(() -> calls.unmapStatePage(partition, vp, Hypercalls.PAGE_INTERCEPT));
			registers = page(calls.mapStatePage(partition, vp, Hypercalls.PAGE_REGISTERS), arena);
			unmap.push(() -> calls.unmapStatePage(partition, vp, Hypercalls.PAGE_REGISTERS));
			statistics = mapStatistics(calls, partition, vp, arena);
		} catch (HypervisorException e) {
			unmap();
			throw e;
		}
	}

	/** Counters are worth having, but nothing depends on them. */
	private MemorySegment mapStatistics(Hypercalls calls, long partition, int vp, Arena arena) {
		long address;
		try {
			address = calls.mapStatsPage(partition, vp);
		} catch (HypervisorException e) {
			return null;
		}
		unmap.push(() -> calls.unmapStatsPage(partition, vp));
		return page(address, arena);
	}

	@SuppressWarnings("restricted")
	private static MemorySegment page(long address, Arena arena) {
		return MemorySegment.ofAddress(address).reinterpret(PAGE_SIZE, arena, null);
	}

	MemorySegment intercept() {
		return intercept;
	}

	MemorySegment registers() {
		return registers;
	}

	/** @return u64 counters, null if the hypervisor has none */
	MemorySegment statistics() {
		return statistics;
	}

	/** Unmaps them all; a refusal changes nothing for the others. */
	void unmap() {
		while (!unmap.isEmpty()) {
			try {
				unmap.pop().run();
			} catch (HypervisorException e) {
				// The hypervisor has no such page any more: that is what was wanted
			}
		}
	}
}
