package mshv.core.common;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Page pairs that wait for their next call. As many are kept as calls were ever under way at once. */
final class PagePool implements AutoCloseable {
	private final ConcurrentLinkedQueue<PagePair> free = new ConcurrentLinkedQueue<>();
	private volatile boolean closed;

	/** Lends a pair to {@code call}. Calls may nest: each has a pair of its own. */
	void lend(Consumer<PagePair> call) {
		PagePair pages = free.poll();
		if (pages == null) {
			if (closed) {
				throw new IllegalStateException("the hypercall client is closed");
			}
			pages = new PagePair();
		}
		try {
			call.accept(pages);
		} finally {
			free.add(pages);
			if (closed) {
				drain();
			}
		}
	}

	/** Frees the pairs; one that is lent is freed when its call returns. */
	@Override
	public void close() {
		closed = true;
		drain();
	}

	private void drain() {
		for (PagePair pages = free.poll(); pages != null; pages = free.poll()) {
			pages.close();
		}
	}
}
