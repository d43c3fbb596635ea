package mshv.backend.emu.guest;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

import mshv.backend.emu.memory.PhysicalMemory;

/**
 * Pages that the hypervisor lays over guest memory (TLFS 5.2.1): the page below is not seen, and comes back unchanged when the overlay
 * goes.
 * All changes of the partition's map from guest to host pages go through here. Any thread, under its lock.
 */
public final class Overlays {
	private record Overlay(long page, long entry) {}

	private final PhysicalMemory memory;
	private final LongConsumer changed;
	/** In the order of installation: the last one of a page is seen. */
	private final Map<Object, Overlay> installed = new LinkedHashMap<>();
	/** What is mapped below, for each page that is covered. */
	private final Map<Long, Long> below = new HashMap<>();

	/** @param changed told of each page whose overlay came or went, so that processors forget its translations */
	public Overlays(PhysicalMemory memory, LongConsumer changed) {
		this.memory = memory;
		this.changed = changed;
	}

	/** Lays a page over guest memory, moving it if its owner has one already.
	 * @param page guest page number, below 2<sup>28</sup>
	 * @param entry host page and rights, as in {@link PhysicalMemory} */
	public void install(Object owner, long page, long entry) {
		remove(owner);
		synchronized (this) {
			installed.put(owner, new Overlay(page, entry));
			below.putIfAbsent(page, memory.entry(page));
			memory.setEntry(page, entry);
		}
		changed.accept(page);
	}

	/** Takes an owner's page away. Nothing happens if it has none. */
	public void remove(Object owner) {
		Overlay removed;
		synchronized (this) {
			removed = removeEntry(owner);
		}
		if (removed != null) {
			changed.accept(removed.page);
		}
	}

	private Overlay removeEntry(Object owner) {
		Overlay removed = installed.remove(owner);
		if (removed == null) {
			return null;
		}
		Overlay next = null;
		for (Overlay overlay : installed.values()) {
			if (overlay.page == removed.page) {
				next = overlay;
			}
		}
		if (next != null) {
			memory.setEntry(removed.page, next.entry);
		} else {
			memory.setEntry(removed.page, Objects.requireNonNull(below.remove(removed.page)));
		}
		return removed;
	}

	/** Maps a guest page, under an overlay if there is one. @param entry host page and rights, 0 to unmap */
	public synchronized void map(long page, long entry) {
		if (!below.isEmpty() && below.containsKey(page)) {
			below.put(page, entry);
		} else {
			memory.setEntry(page, entry);
		}
	}

	/** @return what is mapped at a page, whether covered or not; 0 if nothing */
	public synchronized long mapped(long page) {
		Long covered = below.isEmpty() ? null : below.get(page);
		return covered != null ? covered : memory.entry(page);
	}

	/** @return true if the page that the guest sees is an overlay */
	public synchronized boolean covers(long page) {
		return !below.isEmpty() && below.containsKey(page);
	}
}
