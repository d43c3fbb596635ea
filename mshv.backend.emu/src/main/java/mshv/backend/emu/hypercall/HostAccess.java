package mshv.backend.emu.hypercall;

import java.util.HashMap;
import java.util.Map;

/** Pages that the root has given away: each belongs to one partition alone until the root takes it back. Any thread. */
final class HostAccess {
	private final Map<Long, Long> owners = new HashMap<>();

	/** The root gives a page to a partition.
	 * @return false if another one has it */
	synchronized boolean release(long page, long partition) {
		Long owner = owners.putIfAbsent(page, partition);
		return owner == null || owner == partition;
	}

	/** The root has a page again. */
	synchronized void acquire(long page) {
		owners.remove(page);
	}

	/** @return true if another partition than this one has one of the pages to itself */
	synchronized boolean belongsToAnother(long page, int count, long partition) {
		if (owners.isEmpty()) {
			return false;
		}
		for (int i = 0; i < count; i++) {
			Long owner = owners.get(page + i);
			if (owner != null && owner != partition) {
				return true;
			}
		}
		return false;
	}

	/** A partition is gone: what was its own is the root's. */
	synchronized void forget(long partition) {
		owners.values().removeIf(owner -> owner == partition);
	}
}
