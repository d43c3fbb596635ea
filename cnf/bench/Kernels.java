import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kernels of the benchmark guest: their times on both sides, and whether their results agree. */
final class Kernels {
	private static final Pattern START = Pattern.compile("S (\\S+)");
	private static final Pattern END = Pattern.compile("E (\\S+) (?:0x)?[0-9a-f]+ (?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+)");

	private final Rounds rounds;

	Kernels(Rounds rounds) {
		this.rounds = rounds;
	}

	/** @return exit status */
	int measure() throws Failure, IOException, InterruptedException {
		String append = "scale=" + rounds.options.scale() + (rounds.options.only() == null ? "" : " only=" + rounds.options.only());
		Map<String, String> environment = Map.of("IMAGE", rounds.options.image().toString(), "MEMORY", rounds.options.memory(),
			"APPEND", append);
		Side ours = Side.ours(rounds.options, environment);
		Side theirs = Side.yardstick(rounds.options, environment);
		List<List<Map<String, Sample>>> runs = rounds.alternate(ours, theirs, this::runGuest);

		Set<String> names = new LinkedHashSet<>();
		runs.forEach(side -> side.forEach(run -> names.addAll(run.keySet())));
		List<Row> rows = new ArrayList<>();
		for (String name : names) {
			if (Stream.concat(runs.get(0).stream(), runs.get(1).stream()).anyMatch(run -> !run.containsKey(name))) {
				throw new Failure(Failure.RUN_FAILED, name + " did not run every time on both sides");
			}
			rows.add(new Row(name, runs.get(0).stream().map(run -> run.get(name)).toList(),
				runs.get(1).stream().map(run -> run.get(name)).toList()));
		}
		Map<String, Double> means = Figures.means(rows);
		printKernels(rows, means, theirs.label());
		if (rounds.options.json() != null) {
			Files.writeString(rounds.options.json(), kernelsJson(rows, means, ours, theirs));
		}
		rows.stream().filter(row -> !row.same()).forEach(row -> System.err.println("bench: " + row.name() + ": results differ: ours "
			+ results(row.ours()) + ", " + theirs.label() + " " + results(row.theirs())));
		return rows.stream().allMatch(Row::same) ? 0 : Failure.RESULTS_DIFFER;
	}

	/** One run of the guest; a line counts as having happened when it arrives. */
	Map<String, Sample> runGuest(Side side, String title) throws Failure, IOException, InterruptedException {
		Map<String, Sample> samples = new LinkedHashMap<>();
		try (Run run = rounds.start(side)) {
			BufferedReader lines = new BufferedReader(new InputStreamReader(run.output(), StandardCharsets.ISO_8859_1));
			String running = null;
			long since = 0;
			for (String line; (line = lines.readLine()) != null;) {
				long now = run.elapsed();
				Matcher start = START.matcher(line);
				Matcher end = END.matcher(line);
				if (start.matches()) {
					running = start.group(1);
					rounds.progress.passing(title + ": " + running);
					since = run.elapsed();
				} else if (end.matches() && end.group(1).equals(running)) {
					samples.put(running, new Sample((now - since) / 1e6, end.group(2), end.group(3)));
					running = null;
				} else if (line.equals("BEGIN")) {
					run.findProcesses();
				} else if (line.startsWith("FAIL ")) {
					throw new Failure(Failure.RUN_FAILED, side.label() + ": the guest reports: " + line.substring("FAIL ".length()));
				} else if (line.equals("DONE")) {
					run.awaitEnd();
					double sum = samples.values().stream().mapToDouble(Sample::milliseconds).sum();
					rounds.progress.lasting(String.format(Locale.ROOT, "%s: %d kernels, %.1f s", title, samples.size(), sum / 1000));
					return samples;
				}
			}
			throw run.ended(running != null ? "in " + running : samples.isEmpty() ? "before the first kernel" : "between kernels");
		}
	}

	private void printKernels(List<Row> rows, Map<String, Double> means, String label) {
		String clock = rounds.unit();
		String format = "%-20s %12s %12s %7s  %s%n";
		System.out.printf(format, "kernel", "ours " + clock, label + " " + clock, "ratio", "result");
		for (Row row : rows) {
			System.out.printf(format, row.name(), Figures.milliseconds(Row.median(row.ours())),
				Figures.milliseconds(Row.median(row.theirs())), Figures.ratio(row.ratio()), row.same() ? "same" : "DIFFERS");
		}
		System.out.printf("%nratio: median of ours / median of %s, %d rounds; below 1 is faster. Geometric means:%n", label,
			rounds.options.rounds());
		Map<String, Long> sizes = rows.stream().collect(Collectors.groupingBy(Row::group, Collectors.counting()));
		means.forEach((group, mean) -> System.out.printf(format, group, "", sizes.getOrDefault(group, (long) rows.size()) + " kernels",
			Figures.ratio(mean), ""));
	}

	private String kernelsJson(List<Row> rows, Map<String, Double> means, Side ours, Side theirs) {
		Json json = new Json();
		rounds.describe(json.text("kind", "kernels").number("scale", rounds.options.scale()), ours, theirs);
		json.raw("kernels", Json.list(rows, row -> "\n\t\t" + new Json().text("name", row.name())
			.text("count", row.ours().getFirst().count()).raw("same", String.valueOf(row.same()))
			.texts("oursResults", distinct(row.ours())).texts("againstResults", distinct(row.theirs()))
			.numbers("oursMs", row.ours().stream().map(Sample::milliseconds).toList())
			.numbers("againstMs", row.theirs().stream().map(Sample::milliseconds).toList())
			.number("ratio", row.ratio()).end()));
		Json group = new Json();
		means.forEach(group::number);
		return json.raw("geometricMeans", group.end()).end() + "\n";
	}

	private static Collection<String> distinct(List<Sample> samples) {
		return samples.stream().map(Sample::result).distinct().toList();
	}

	private static String results(List<Sample> samples) {
		return samples.stream().map(sample -> sample.result() + " (count " + sample.count() + ")").distinct()
			.collect(Collectors.joining(" or "));
	}
}
