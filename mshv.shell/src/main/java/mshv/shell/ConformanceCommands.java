package mshv.shell;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

import mshv.api.Hypervisor;
import mshv.api.conformance.ConformanceReport;
import mshv.api.conformance.ConformanceSuite;
import mshv.api.conformance.CostMeasurement;
import mshv.api.conformance.RandomOperations;
import mshv.api.conformance.RandomOperations.Target;
import mshv.api.conformance.RandomReport;
import mshv.api.conformance.RuleResult.Outcome;
import mshv.shell.demo.Progress;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;
import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.Terminals;
import mshv.shell.text.Numbers;
import mshv.shell.text.Table;

/** Commands that check a backend. They are here whether or not the conformance suite is. */
@Component(service = ConformanceCommands.class)
@GogoCommand(scope = "mshv", function = {"conformance", "fuzz", "costs", "__targets"})
public final class ConformanceCommands {
	private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
	private static final int MOST_THREADS = 64;
	private static final int MOST_ROUNDS = 10_000;

	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile ConformanceSuite suite;
	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile RandomOperations operations;
	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile CostMeasurement costs;
	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, fieldOption = FieldOption.REPLACE)
	private volatile List<Hypervisor> hypervisors = List.of();

	/** Made by Declarative Services. */
	@Activate
	public ConformanceCommands() {}

	ConformanceCommands(ConformanceSuite suite, RandomOperations operations, CostMeasurement costs, List<Hypervisor> hypervisors) {
		this.suite = suite;
		this.operations = operations;
		this.costs = costs;
		this.hypervisors = hypervisors;
	}

	private static <T> T present(T service) throws CommandException {
		if (service == null) {
			throw new CommandException(ExitStatus.INTERNAL, "the conformance suite (bundle mshv.tck) is not there");
		}
		return service;
	}

	/** Without a name: a backend itself, not the handles over all of them. */
	private String backend(String name) throws CommandException {
		List<String> names = hypervisors.stream().map(Hypervisor::backend).sorted(Comparator.comparing("auto"::equals)).toList();
		if (name.isEmpty() ? names.isEmpty() : !names.contains(name)) {
			throw new CommandException(ExitStatus.UNKNOWN_BACKEND, "no backend '" + name + "'; there are: " + String.join(", ", names));
		}
		return name.isEmpty() ? names.getFirst() : name;
	}

	/** Says how far something is, about once a second. */
	private static final class Ticker {
		private final Progress progress;
		private long said = System.nanoTime();

		Ticker(HostTerminal terminal) {
			progress = new Progress(terminal::message);
		}

		void at(long count, String what) {
			long now = System.nanoTime();
			if (now - said >= PROGRESS_NANOS) {
				said = now;
				progress.say(count + what);
			}
		}
	}

	/** @return whether all rules hold; the report is printed */
	@Descriptor("Checks whether a backend keeps the rules of the contract, and prints how many by section.")
	public CommandResult conformance(CommandSession session,
			@Descriptor("NAME of the backend, default one of those that are no mere handle") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("NUMBER of a section: only its rules, with those of the sections below it")
			@Parameter(names = {"-s", "--section"}, absentValue = "") String section,
			@Descriptor("list every rule with what was found of it")
			@Parameter(names = {"-r", "--rules"}, presentValue = "true", absentValue = "false") boolean rules,
			@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("conformance", 0, rest);
		ConformanceSuite checks = present(suite);
		if (!section.isEmpty() && !checks.hasSection(section)) {
			throw CommandException.usage("no section '" + section + "'; docs/conformance.md lists them");
		}
		Ticker ticker = new Ticker(Terminals.ofOutput(session));
		long[] count = new long[1];
		ConformanceReport report = checks.run(backend(backend), section, result -> ticker.at(++count[0], " rules checked"));
		if (rules) {
			Table table = new Table("SECTION", "RULE", "OUTCOME");
			report.results().forEach(result -> table.row(result.section(), result.rule(), word(result.outcome())));
			session.getConsole().println(table + "\n");
		}
		session.getConsole().println(report.text());
		long failed = report.count(Outcome.FAILED);
		return failed == 0 ? CommandResult.of(ExitStatus.POWER_OFF, "")
			: CommandResult.of(ExitStatus.NOT_CONFORMING, failed + (failed == 1 ? " rule does not hold" : " rules do not hold"));
	}

	private static String word(Outcome outcome) {
		return switch (outcome) {
			case PASSED -> "passed";
			case FAILED -> "FAILED";
			case NOT_OFFERED -> "not offered";
		};
	}

	/** @return whether nothing happened that must not; a table is printed */
	@Descriptor("Does random operations to a backend and looks for crashes, hangs, leaks and refusals that change something.")
	public CommandResult fuzz(CommandSession session,
			@Descriptor("NAME of the backend, which should have no guests meanwhile") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("NUMBER of operations for each target, default 100000")
			@Parameter(names = {"-c", "--count"}, absentValue = "100000") String count,
			@Descriptor("NUMBER that the operations follow from, default a new one, which is printed")
			@Parameter(names = {"-s", "--seed"}, absentValue = "") String seed,
			@Descriptor("NUMBER of threads up to 64, default 4") @Parameter(names = {"-t", "--threads"}, absentValue = "4") String threads,
			@Descriptor("TARGET: api, hypercall or guest") @Completes(Source.RANDOM_TARGETS)
			@Parameter(names = {"-o", "--only"}, absentValue = "") String only,
			@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("fuzz", 0, rest);
		RandomOperations random = present(operations);
		String name = backend(backend);
		long start = seed.isEmpty() ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : Numbers.parse("seed", seed);
		int number = Numbers.parse("count", count, 1, Integer.MAX_VALUE);
		int workers = Numbers.parse("threads", threads, 1, MOST_THREADS);
		List<Target> targets = targets(only);
		HostTerminal terminal = Terminals.ofOutput(session);
		terminal.message("mshv: seed " + start + ", " + workers + " threads");
		Ticker ticker = new Ticker(terminal);
		Table table = new Table("TARGET", "OPERATIONS", "REFUSED", "SECONDS", "FAULTS");
		int faults = 0;
		for (Target target : targets) {
			long began = System.nanoTime();
			RandomReport report = random.run(name, target, number, start, workers,
				done -> ticker.at(done, " operations, target " + word(target)));
			String seconds = String.valueOf(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
			table.row(word(target), report.offered() ? report.done() : "not offered", report.refused(), seconds, report.failures().size());
			report.failures().forEach(failure -> terminal.message("mshv: " + word(target) + ": " + failure));
			faults += report.failures().size();
		}
		session.getConsole().println(table);
		return faults == 0 ? CommandResult.of(ExitStatus.POWER_OFF, "")
			: CommandResult.of(ExitStatus.NOT_CONFORMING, "faults found; --seed " + start + " --threads " + workers + " --count " + number
				+ " does the same again");
	}

	/** @return a table */
	@Descriptor("Measures what operations of a backend cost.")
	public String costs(CommandSession session,
			@Descriptor("NAME of the backend, default one of those that are no mere handle") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("NUMBER of rounds that count, default 11") @Parameter(names = {"-r", "--rounds"}, absentValue = "11") String rounds,
			@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("costs", 0, rest);
		CostMeasurement measurement = present(costs);
		int number = Numbers.parse("rounds", rounds, 1, MOST_ROUNDS);
		Progress progress = new Progress(Terminals.ofOutput(session)::message);
		Table table = new Table("OPERATION", "LEAST NS", "MEDIAN NS", "MOST NS");
		measurement.measure(backend(backend), number, progress::say)
			.forEach(cost -> table.row(cost.operation(), cost.least(), cost.median(), cost.most()));
		return table.toString();
	}

	private static String word(Target target) {
		return target.name().toLowerCase(Locale.ROOT);
	}

	private static List<Target> targets(String only) throws CommandException {
		if (only.isEmpty()) {
			return List.of(Target.values());
		}
		return Stream.of(Target.values()).filter(target -> word(target).equals(only)).findFirst().map(List::of)
			.orElseThrow(() -> CommandException.usage("no target '" + only + "': " + Arrays.stream(Target.values())
				.map(ConformanceCommands::word).toList()));
	}

	/** @return names for completion */
	public List<String> __targets() {
		return Arrays.stream(Target.values()).map(ConformanceCommands::word).toList();
	}
}
