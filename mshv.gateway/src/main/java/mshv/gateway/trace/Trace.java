package mshv.gateway.trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Writes a program's calls to a file, in the order in which they were answered: lines of JSON if it is called so, else text. */
public final class Trace implements AutoCloseable {
	/** Events that wait to be written; then calls wait too, so that none is lost. */
	private static final int QUEUE_SIZE = 65536;
	private static final TraceEvent END = new TraceEvent(0, 0, 0, "", 0, java.util.List.of(), 0);

	private final BlockingQueue<TraceEvent> queue = new ArrayBlockingQueue<>(QUEUE_SIZE);
	private final BufferedWriter writer;
	private final boolean json;
	private final long origin = System.nanoTime();
	private final TraceText text = new TraceText();
	private final Thread thread;
	private volatile boolean failed;

	/** @param path file, which is written anew
	 * @throws IOException if it cannot be */
	public Trace(Path path) throws IOException {
		writer = Files.newBufferedWriter(path);
		json = path.toString().endsWith(".json") || path.toString().endsWith(".jsonl");
		thread = Thread.ofPlatform().daemon().name("mshv-gateway-trace").start(this::write);
	}

	/** Takes an event, to be written soon. */
	public void add(TraceEvent event) {
		try {
			queue.put(event);
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	private void write() {
		try {
			while (true) {
				TraceEvent event = queue.poll();
				if (event == null) {
					writer.flush();
					event = queue.take();
				}
				if (event == END) {
					break;
				}
				if (!failed) {
					writer.write(json ? text.json(event, origin) : text.line(event, origin));
					writer.newLine();
				}
			}
			writer.close();
		} catch (IOException | UncheckedIOException e) {
			// A full disk must not stop the program
			failed = true;
			drain();
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	private void drain() {
		try {
			while (queue.take() != END) {
				// Nobody reads it
			}
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	/** Writes what is left. */
	@Override
	public void close() {
		add(END);
		try {
			thread.join();
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}
}
