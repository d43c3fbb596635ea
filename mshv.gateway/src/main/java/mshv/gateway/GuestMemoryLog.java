package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import mshv.gateway.trace.Note;

/**
 * Notes what a program has changed in the memory of its guest since the guest ran last, by comparing it with a copy. This is for small
 * guests: it costs two looks at all memory for each run. Calls are made one at a time.
 */
final class GuestMemoryLog {
	/** Most memory that is worth it. */
	private static final long MOST_BYTES = 256 << 20;
	private static final int PAGE_SIZE = 4096;
	/** Longest piece that is noted as one. */
	private static final int MOST_PAGES = 256;

	/** As each region was last seen; at first zero, as new memory is. */
	private final Map<Region, Copy> seen = new HashMap<>();
	private boolean ended;
	private boolean running;

	/**
	 * Memory of the guest.
	 *
	 * @param address in the program
	 * @param memory here
	 */
	record Region(long address, MemorySegment memory) {}

	private record Copy(MemorySegment memory, Arena arena) {}

	/** Notes what the program has changed. @param regions all that there are now */
	void before(Caller caller, Set<Region> regions) {
		if (ended) {
			return;
		}
		if (running) {
			end(caller, "two processors run at once");
			return;
		}
		long size = regions.stream().map(Region::memory).mapToLong(MemorySegment::byteSize).sum();
		if (size > MOST_BYTES) {
			end(caller, "the guest has more than " + (MOST_BYTES >> 20) + " MiB");
			return;
		}
		keep(regions);
		seen.forEach((region, copy) -> note(caller, region.address(), region.memory(), copy.memory()));
	}

	private void end(Caller caller, String why) {
		ended = true;
		caller.note(new Note.MemoryEnds(why));
		close();
	}

	private void keep(Set<Region> regions) {
		seen.entrySet().removeIf(entry -> {
			if (regions.contains(entry.getKey())) {
				return false;
			}
			entry.getValue().arena().close();
			return true;
		});
		regions.forEach(region -> seen.computeIfAbsent(region, _ -> {
			Arena arena = Arena.ofShared();
			return new Copy(arena.allocate(region.memory().byteSize(), PAGE_SIZE), arena);
		}));
	}

	private static void note(Caller caller, long address, MemorySegment memory, MemorySegment copy) {
		long size = memory.byteSize();
		long at = 0;
		while (at < size) {
			long differs = MemorySegment.mismatch(memory, at, size, copy, at, size);
			if (differs < 0) {
				return;
			}
			long first = at + differs & -PAGE_SIZE;
			long end = first + PAGE_SIZE;
			while (end < size && end - first < (long) MOST_PAGES * PAGE_SIZE
					&& MemorySegment.mismatch(memory, end, end + PAGE_SIZE, copy, end, end + PAGE_SIZE) >= 0) {
				end += PAGE_SIZE;
			}
			MemorySegment changed = memory.asSlice(first, end - first);
			caller.note(new Note.Memory(address + first, changed.toArray(JAVA_BYTE)));
			copy.asSlice(first, end - first).copyFrom(changed);
			at = end;
		}
	}

	/** The guest begins to run. */
	void runs() {
		running = true;
	}

	/** The guest has stopped: what is different now it has changed itself. */
	void stopped() {
		running = false;
		seen.forEach((region, copy) -> {
			// It may have been unmapped meanwhile
			if (region.memory().scope().isAlive()) {
				update(region.memory(), copy.memory());
			}
		});
	}

	/** Most pages are as they were, and to write them all would take longer. */
	private static void update(MemorySegment memory, MemorySegment copy) {
		long size = memory.byteSize();
		long at = 0;
		while (at < size) {
			long differs = MemorySegment.mismatch(memory, at, size, copy, at, size);
			if (differs < 0) {
				return;
			}
			long first = at + differs & -PAGE_SIZE;
			copy.asSlice(first, PAGE_SIZE).copyFrom(memory.asSlice(first, PAGE_SIZE));
			at = first + PAGE_SIZE;
		}
	}

	/** Frees the copies. */
	void close() {
		seen.values().forEach(copy -> copy.arena().close());
		seen.clear();
	}
}
