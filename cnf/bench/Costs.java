import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What single operations of this system cost, beside the kernel's own hypervisor and TCG where they have the like. */
final class Costs {
	/** The kernel of the guest that does nothing but leave it, and what that is in the table of costs. */
	private static final String EXIT_KERNEL = "exit.out", EXIT_COST = "exit and entry through run(), a port";
	private static final Pattern COST = Pattern.compile("(\\S.*?) {2,}([0-9]+) +([0-9]+) +([0-9]+)");

	private final Rounds rounds;

	Costs(Rounds rounds) {
		this.rounds = rounds;
	}

	/** A row for each operation that ours measures; other systems have figures for some of them. @return exit status */
	int measure() throws Failure, IOException, InterruptedException {
		rounds.buildPlatform();
		Map<String, Double> ours = ourCosts();
		Map<String, Double> kvm = kvmCosts();
		Map<String, String> environment = Map.of("IMAGE", rounds.options.image().toString(), "MEMORY", rounds.options.memory(), "APPEND",
			"scale=20 only=" + EXIT_KERNEL);
		Sample exit = new Kernels(rounds).runGuest(Side.yardstick(rounds.options, environment), "TCG").get(EXIT_KERNEL);
		if (exit == null) {
			throw new Failure(Failure.RUN_FAILED, "the guest has no kernel " + EXIT_KERNEL);
		}
		double tcg = exit.milliseconds() * 1e6 / Long.parseLong(exit.count(), 16);
		String format = "%-58s %12s %12s %12s%n";
		System.out.printf(format, "median, ns", "ours", "KVM", "TCG");
		ours.forEach((name, median) -> System.out.printf(format, name, nanoseconds(median), nanoseconds(kvm.get(name)),
			nanoseconds(name.equals(EXIT_COST) ? Double.valueOf(tcg) : null)));
		return 0;
	}

	private Map<String, Double> ourCosts() throws Failure, IOException, InterruptedException {
		Map<String, Double> costs = new LinkedHashMap<>();
		List<String> command = List.of(Side.launcher().toString(), "costs", "--rounds", String.valueOf(rounds.options.rounds()));
		try (Run run = rounds.start(new Side("ours", command, Map.of()))) {
			BufferedReader lines = new BufferedReader(new InputStreamReader(run.output(), StandardCharsets.UTF_8));
			rounds.progress.passing("ours");
			for (String line; (line = lines.readLine()) != null;) {
				Matcher cost = COST.matcher(line);
				if (cost.matches()) {
					costs.put(cost.group(1), Double.valueOf(cost.group(3)));
				}
			}
			if (costs.isEmpty()) {
				throw run.ended("before any figure");
			}
		}
		return costs;
	}

	private Map<String, Double> kvmCosts() {
		try {
			rounds.progress.passing("/dev/kvm");
			return new Kvm(rounds.options.rounds()).measure();
		} catch (IOException | IllegalStateException unusable) {
			rounds.progress.lasting("no figures of KVM: " + unusable.getMessage());
			return Map.of();
		}
	}

	private static String nanoseconds(Double value) {
		return value == null ? "-" : String.format(Locale.ROOT, "%.0f", value);
	}
}
