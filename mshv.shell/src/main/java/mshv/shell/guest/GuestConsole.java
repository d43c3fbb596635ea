package mshv.shell.guest;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What a guest prints, until somebody takes it: a line at a time, or what there is when the guest pauses. Without anybody attached the
 * newest {@value #BACKLOG} bytes are kept; with somebody attached the writer waits instead of losing any. Safe for use by many threads.
 */
public final class GuestConsole extends OutputStream {
	/** Bytes kept at most. */
	static final int BACKLOG = 1 << 16;

	private final byte[] buffer = new byte[BACKLOG];
	private final TextSearch panic = new TextSearch("Kernel panic - not syncing");
	private final List<TextSearch> searches = new ArrayList<>(List.of(panic));
	/** The guest's present line, as far as it fits: a prompt, most likely. */
	private final byte[] present = new byte[256];
	private int presentCount;
	private int start;
	private int count;
	private boolean line;
	private boolean attached;
	private boolean closed;
	private long written;

	@Override
	public void write(int value) {
		write(new byte[] {(byte) value}, 0, 1);
	}

	@Override
	public synchronized void write(byte[] bytes, int offset, int length) {
		for (int i = offset; i < offset + length; i++) {
			awaitRoom();
			append(bytes[i]);
			presentCount = bytes[i] == '\n' ? 0 : Math.min(presentCount + 1, present.length);
			if (presentCount > 0) {
				present[presentCount - 1] = bytes[i];
			}
			written++;
			for (TextSearch search : searches) {
				search.next(bytes[i]);
			}
			line |= bytes[i] == '\n' || count == BACKLOG;
		}
		if (line) {
			notifyAll();
		}
	}

	private void append(byte value) {
		if (count == BACKLOG) {
			start = start + 1 & BACKLOG - 1;
			count--;
		}
		buffer[start + count & BACKLOG - 1] = value;
		count++;
	}

	private void awaitRoom() {
		boolean interrupted = false;
		while (count == BACKLOG && attached && !closed && !interrupted) {
			notifyAll();
			try {
				wait();
			} catch (InterruptedException e) {
				// Whoever owns the thread is in a hurry: rather lose output
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/** Attaches: from now on the guest waits instead of losing output. Who has missed nothing gets the present line once more.
	 * @return false if somebody else is attached */
	synchronized boolean attach() {
		boolean free = !attached;
		if (free && count == 0) {
			for (int i = 0; i < presentCount; i++) {
				append(present[i]);
			}
		}
		attached = true;
		return free;
	}

	/** Undoes {@link #attach}. */
	synchronized void detach() {
		attached = false;
		notifyAll();
	}

	/** Takes what the guest has printed: at once after the end of a line, else after its next one or the time given.
	 * @param millis longest wait
	 * @return the bytes, which may be none */
	synchronized byte[] take(int millis) throws InterruptedException {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		for (long left = end - System.nanoTime(); !line && !closed && left > 0; left = end - System.nanoTime()) {
			TimeUnit.NANOSECONDS.timedWait(this, left);
		}
		byte[] taken = new byte[count];
		int first = Math.min(count, BACKLOG - start);
		System.arraycopy(buffer, start, taken, 0, first);
		System.arraycopy(buffer, 0, taken, first, count - first);
		start = start + count & BACKLOG - 1;
		count = 0;
		line = false;
		notifyAll();
		return taken;
	}

	/** @return true if the guest's kernel has said that it panics */
	public synchronized boolean hasPanicked() {
		return panic.isFound();
	}

	/** Looks for a text from now on. @param text ASCII @return whether the guest has printed it, by any thread */
	public synchronized BooleanSupplier watchFor(String text) {
		TextSearch search = new TextSearch(text);
		searches.add(search);
		return () -> {
			synchronized (this) {
				return search.isFound();
			}
		};
	}

	/** @return bytes that the guest has printed so far */
	public synchronized long written() {
		return written;
	}

	/** The guest prints nothing more: nobody waits any longer. */
	@Override
	public synchronized void close() {
		closed = true;
		notifyAll();
	}
}
