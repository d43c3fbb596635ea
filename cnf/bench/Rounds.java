import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs both sides in turn, with the options, the clock and the progress that all kinds of measurement share. */
final class Rounds {
	final Options options;
	final Progress progress = new Progress();
	private final CpuClock cpu;

	Rounds(Options options) throws Failure {
		this.options = options;
		this.cpu = options.cpu() ? new CpuClock() : null;
	}

	/** Runs one side; several kinds of run share the order of rounds. */
	interface Measurement<T> {
		T run(Side side, String title) throws Failure, IOException, InterruptedException;
	}

	/** Results of all rounds, first ours, then the yardstick's; the side that starts changes from round to round. */
	<T> List<List<T>> alternate(Side ours, Side theirs, Measurement<T> measurement)
			throws Failure, IOException, InterruptedException {
		if (options.ours() == null) {
			buildPlatform();
		}
		List<T> first = new ArrayList<>();
		List<T> second = new ArrayList<>();
		for (int round = 1; round <= options.rounds(); round++) {
			for (Side side : round % 2 == 1 ? List.of(ours, theirs) : List.of(theirs, ours)) {
				String title = "round " + round + " of " + options.rounds() + ", " + side.label();
				(side == ours ? first : second).add(measurement.run(side, title));
			}
		}
		return List.of(first, second);
	}

	/** The launcher builds what is older than its sources; that must not happen in a run that is timed. */
	void buildPlatform() throws Failure, IOException, InterruptedException {
		Path launcher = Side.launcher();
		progress.passing("starting " + launcher);
		Process process = new ProcessBuilder(launcher.toString(), "--version").redirectInput(new File("/dev/null"))
			.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		if (process.waitFor() != 0) {
			throw new Failure(Failure.RUN_FAILED, launcher + " --version ends with status " + process.exitValue());
		}
	}

	/** Starts the process of a side. */
	Run start(Side side) throws Failure {
		return new Run(side, cpu, options.timeoutSeconds());
	}

	/** How the times are called. */
	String unit() {
		return options.cpu() ? "CPU ms" : "ms";
	}

	/** Writes what all kinds of measurement say of the two sides. */
	void describe(Json json, Side ours, Side theirs) {
		json.text("clock", options.cpu() ? "cpu" : "wall").number("rounds", options.rounds())
			.text("append", ours.environment().get("APPEND")).texts("ours", ours.command()).texts("against", theirs.command());
	}
}
