package mshv.gateway.trace;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Writes a program's calls to a file, in the order in which they were answered: lines of JSON if it is called so, else text. */
public final class Trace implements AutoCloseable {
	/** Bytes of events that wait to be written; then calls wait too, so that none is lost. */
	private static final long MOST_BYTES = 64 << 20;
	/** This part of them is written without delay. */
	private static final int MANY = 16;
	/** Longest time that an event waits for others. Waking the writer for each would cost its caller more than all else. */
	private static final int PATIENCE_MILLISECONDS = 10;
	private static final long OPEN_NANOSECONDS = 50_000;
	private static final int CHUNK = 1 << 16;

	private final Object lock = new Object();
	private final OutputStream out;
	private final boolean json;
	private final boolean memory;
	private final long mostBytes;
	private final EventText text = new EventText(System.nanoTime());
	private final ByteText line = new ByteText();
	private final Thread thread;
	private List<TraceEvent> waiting = new ArrayList<>();
	private long waitingBytes;
	private boolean idle;
	private boolean closed;
	private volatile IOException failure;

	/** @param path file, which is written anew
	 * @param program what is traced, for people
	 * @param backend name of the hypervisor behind it
	 * @param memory whether guest memory is recorded too
	 * @throws IOException if it cannot be written */
	public Trace(Path path, String program, String backend, boolean memory) throws IOException {
		this(path, program, backend, memory, MOST_BYTES);
	}

	/** @param mostBytes of events that wait */
	Trace(Path path, String program, String backend, boolean memory, long mostBytes) throws IOException {
		this.mostBytes = mostBytes;
		out = new FileOutputStream(path.toFile());
		json = path.toString().endsWith(".json") || path.toString().endsWith(".jsonl");
		this.memory = memory;
		if (json) {
			text.header(program, backend, memory, line);
		}
		thread = Thread.ofPlatform().daemon().name("mshv-gateway-trace").start(this::write);
	}

	/** @return whether guest memory is recorded too */
	public boolean hasMemory() {
		return memory;
	}

	/** Takes an event, to be written soon. If it is not complete yet, it and all later ones wait until it is. */
	public void add(TraceEvent event) {
		synchronized (lock) {
			try {
				while (waitingBytes >= mostBytes && failure == null) {
					lock.wait();
				}
			} catch (InterruptedException e) {
				Thread.currentThread().interrupt();
			}
			if (failure != null) {
				return;
			}
			waiting.add(event);
			waitingBytes += event.size();
			if (idle || waitingBytes >= mostBytes / MANY) {
				idle = false;
				lock.notifyAll();
			}
		}
	}

	private void write() {
		List<TraceEvent> batch = new ArrayList<>();
		try {
			while ((batch = next(batch)) != null) {
				for (TraceEvent event : batch) {
					while (event.isOpen()) {
						LockSupport.parkNanos(OPEN_NANOSECONDS);
					}
					if (!event.isDropped() && failure == null) {
						format(event);
					}
				}
				flush();
				batch.clear();
			}
			out.close();
		} catch (IOException e) {
			fail(e);
		} catch (RuntimeException e) {
			fail(new IOException(e));
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	/** @param done a list to be used again @return events that are to be written, null if there will be none any more */
	private List<TraceEvent> next(List<TraceEvent> done) throws InterruptedException {
		synchronized (lock) {
			while (waiting.isEmpty() && !closed) {
				idle = true;
				lock.wait();
			}
			idle = false;
			if (waitingBytes < mostBytes / MANY && !closed) {
				lock.wait(PATIENCE_MILLISECONDS);
			}
			if (waiting.isEmpty() && closed) {
				return null;
			}
			List<TraceEvent> taken = waiting;
			waiting = done;
			if (waitingBytes >= mostBytes) {
				lock.notifyAll();
			}
			waitingBytes = 0;
			return taken;
		}
	}

	private void format(TraceEvent event) {
		if (json) {
			text.json(event, line);
		} else {
			text.line(event, line);
		}
		if (line.size() >= CHUNK) {
			flush();
		}
	}

	/** A full disk must not stop the program. */
	private void flush() {
		try {
			if (failure == null) {
				line.writeTo(out);
			}
		} catch (IOException e) {
			fail(e);
		}
	}

	private void fail(IOException e) {
		synchronized (lock) {
			failure = e;
			lock.notifyAll();
		}
	}

	/** @return why the trace is not whole, null if it is */
	public IOException failure() {
		return failure;
	}

	/** Writes what is left. */
	@Override
	public void close() {
		synchronized (lock) {
			closed = true;
			lock.notifyAll();
		}
		try {
			thread.join();
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}
}
