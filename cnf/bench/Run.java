import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A started process of one side, with its stopwatch; closing it ends the process and those it started. */
final class Run implements AutoCloseable {
	private static final int KEPT_ERROR_LINES = 5;
	private static final int END_SECONDS = 10;
	private final Side side;
	private final Process process;
	private final CpuClock cpu;
	private final long start = System.nanoTime();
	private final Map<Long, Long> usedByPid = new LinkedHashMap<>();
	private final Deque<String> errors = new ArrayDeque<>();
	private final Thread errorReader;
	private final Thread killer = new Thread(this::kill);
	private volatile boolean timedOut;

	Run(Side side, CpuClock cpu, int timeoutSeconds) throws Failure {
		this.side = side;
		this.cpu = cpu;
		ProcessBuilder builder = new ProcessBuilder(side.command()).redirectInput(new File("/dev/null"));
		builder.environment().putAll(side.environment());
		try {
			process = builder.start();
		} catch (IOException failure) {
			throw new Failure(Failure.MISSING, side.label() + ": " + failure.getMessage());
		}
		Runtime.getRuntime().addShutdownHook(killer);
		errorReader = Thread.ofVirtual().start(this::keepErrors);
		CompletableFuture.delayedExecutor(timeoutSeconds, TimeUnit.SECONDS).execute(() -> {
			if (process.isAlive()) {
				timedOut = true;
				kill();
			}
		});
	}

	InputStream output() {
		return process.getInputStream();
	}

	/** Finds the processes whose CPU time counts: a launcher may have started the one that does the work. */
	void findProcesses() {
		if (cpu != null) {
			Stream.concat(Stream.of(process.toHandle()), process.descendants()).forEach(each -> usedByPid.putIfAbsent(each.pid(), 0L));
		}
	}

	/** Time since the start in nanoseconds: of the wall clock, or used by the processes found. */
	long elapsed() {
		if (cpu == null) {
			return System.nanoTime() - start;
		}
		usedByPid.replaceAll((pid, before) -> Math.max(before, cpu.read(pid)));
		return usedByPid.values().stream().mapToLong(Long::longValue).sum();
	}

	/** Waits for the process after its last line; a process that does not end by itself is a failure. */
	void awaitEnd() throws Failure, InterruptedException {
		if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
			throw new Failure(Failure.RUN_FAILED, side.label() + ": still runs " + END_SECONDS + " s after its guest has ended");
		}
	}

	/** The failure of a process that closed its output too early. */
	Failure ended(String where) throws InterruptedException {
		if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
			return new Failure(Failure.RUN_FAILED, side.label() + ": closed its output " + where);
		}
		if (timedOut) {
			return new Failure(Failure.RUN_FAILED, side.label() + ": timed out " + where);
		}
		errorReader.join(1000);
		synchronized (errors) {
			return new Failure(Failure.RUN_FAILED, side.label() + ": ended with status " + process.exitValue() + " " + where
				+ (errors.isEmpty() ? "" : ": " + String.join(" | ", errors)));
		}
	}

	private void keepErrors() {
		try (BufferedReader reader = process.errorReader()) {
			for (String line; (line = reader.readLine()) != null;) {
				synchronized (errors) {
					errors.add(line.strip());
					if (errors.size() > KEPT_ERROR_LINES) {
						errors.remove();
					}
				}
			}
		} catch (IOException closed) {
			// the process has been ended
		}
	}

	private void kill() {
		process.descendants().forEach(ProcessHandle::destroyForcibly);
		process.destroyForcibly();
	}

	@Override
	public void close() {
		kill();
		try {
			Runtime.getRuntime().removeShutdownHook(killer);
		} catch (IllegalStateException shuttingDown) {
			// the hook runs or has run
		}
	}
}
