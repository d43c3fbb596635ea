import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The time from the start of a process to a marker on the serial line of the kernel that it boots. */
final class BootTime {
	private final Rounds rounds;

	BootTime(Rounds rounds) {
		this.rounds = rounds;
	}

	/** @return exit status */
	int measure() throws Failure, IOException, InterruptedException {
		Options.Boot boot = rounds.options.boot();
		Map<String, String> environment = Map.of("IMAGE", boot.kernel().toString(), "INITRD", boot.initrd().toString(),
			"MEMORY", rounds.options.memory(), "APPEND", rounds.options.append());
		Side ours = Side.ours(rounds.options, environment);
		Side theirs = Side.yardstick(rounds.options, environment);
		List<List<Double>> times = rounds.alternate(ours, theirs, this::runBoot);
		double mine = Figures.median(times.get(0));
		double other = Figures.median(times.get(1));
		String format = "%-20s %12s %12s %7s%n";
		String clock = rounds.unit();
		System.out.printf(format, "boot", "ours " + clock, theirs.label() + " " + clock, "ratio");
		System.out.printf(format, "start to marker", Figures.milliseconds(mine), Figures.milliseconds(other), Figures.ratio(mine / other));
		if (rounds.options.json() != null) {
			Json json = new Json();
			rounds.describe(json.text("kind", "boot").text("marker", boot.marker()), ours, theirs);
			Files.writeString(rounds.options.json(), json.numbers("oursMs", times.get(0)).numbers("againstMs", times.get(1))
				.number("ratio", mine / other).end() + "\n");
		}
		return 0;
	}

	/** Milliseconds from the start of the process to the marker in its output. */
	private double runBoot(Side side, String title) throws Failure, IOException, InterruptedException {
		byte[] chunk = new byte[1 << 16];
		String marker = new String(rounds.options.boot().marker().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
		String tail = "";
		rounds.progress.passing(title);
		try (Run run = rounds.start(side)) {
			for (int length; (length = run.output().read(chunk)) >= 0;) {
				run.findProcesses();
				String seen = tail + new String(chunk, 0, length, StandardCharsets.ISO_8859_1);
				if (seen.contains(marker)) {
					double elapsed = run.elapsed() / 1e6;
					rounds.progress.lasting(String.format(Locale.ROOT, "%s: %.0f ms", title, elapsed));
					return elapsed;
				}
				tail = seen.substring(Math.max(0, seen.length() - marker.length() + 1));
			}
			throw run.ended("before the marker");
		}
	}
}
