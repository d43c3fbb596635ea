package mshv.shell.demo;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** Tells what is going on, with the time since the start before each line. Any thread. */
public final class Progress {
	private final Consumer<String> lines;
	private final long start = System.nanoTime();

	/** @param lines takes each line, without a line end; any thread */
	public Progress(Consumer<String> lines) {
		this.lines = lines;
	}

	/** Tells one line. */
	public void say(String line) {
		lines.accept(String.format(Locale.ROOT, "mshv: [%5.1f s] %s", elapsed().toMillis() / 1000.0, line));
	}

	/** @return time since the start */
	public Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - start);
	}
}
