package mshv.core.synic;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import mshv.api.driver.Synic.MessageHandler;

/** Message handlers by priority; those of equal priority in the order in which they came. */
final class HandlerList {
	/** A handler in its place. Not a record: the same handler may be added twice. */
	static final class Entry {
		private final int priority;
		private final MessageHandler handler;

		private Entry(int priority, MessageHandler handler) {
			this.priority = priority;
			this.handler = handler;
		}
	}

	/** Replaced, never changed. */
	private volatile List<Entry> entries = List.of();

	synchronized Entry add(int priority, MessageHandler handler) {
		Entry entry = new Entry(priority, handler);
		List<Entry> changed = new ArrayList<>(entries);
		changed.add(entry);
		changed.sort(Comparator.comparingInt(each -> each.priority));
		entries = List.copyOf(changed);
		return entry;
	}

	synchronized void remove(Entry entry) {
		entries = entries.stream().filter(each -> each != entry).toList();
	}

	/** @return true if a handler accepted the message */
	boolean offer(MemorySegment message) {
		for (Entry entry : entries) {
			if (entry.handler.accept(message)) {
				return true;
			}
		}
		return false;
	}
}
