import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the benchmark guest, or boots a kernel, alternately on this system and on a yardstick, and compares results and times. */
final class Bench {
	private static final String USAGE = """
			usage: bench [options]
			       bench --boot KERNEL INITRD MARKER [options]
			       bench --costs [--rounds N]

			Runs the benchmark guest under `mshv run` and under QEMU's TCG in turn and compares results and times.
			With --boot: boots a kernel on both and takes the time from process start to MARKER on the serial line.
			With --costs: what operations of this system cost, beside /dev/kvm where it can be opened and TCG where it has the like.

			  --rounds N         runs on each side (3)
			  --scale N          does 1/N of the work (1: about a second a kernel under TCG)
			  --only LIST        kernels or groups, separated by commas
			  --cpu              CPU time of the process instead of wall time (Linux)
			  --json FILE        also writes every figure to FILE
			  --against COMMAND  another yardstick, a shell command
			  --ours COMMAND     another first side, a shell command
			  --image FILE       another guest image
			  --timeout SECONDS  longest time of one run (600)
			  --memory SIZE      with --boot: guest memory (256M)
			  --append TEXT      with --boot: kernel command line (console=ttyS0)
			  --help

			A COMMAND finds in its environment: IMAGE (the guest or kernel), APPEND, MEMORY, and INITRD with --boot.
			It prints the guest's port 0xE9 (with --boot: its serial line) on its standard output.

			exit status: 0 done, 1 results differ, 2 wrong usage or something missing, 3 a run failed""";

	private static final int RESULTS_DIFFER = 1;
	private static final int MISSING = 2;
	private static final int RUN_FAILED = 3;

	private static final String QEMU = "qemu-system-x86_64";
	private static final int END_SECONDS = 10;

	/** Ends the command with one line on standard error and an exit status. */
	private static final class Failure extends Exception {
		private static final long serialVersionUID = 1;
		final int status;

		Failure(int status, String message) {
			super(message);
			this.status = status;
		}
	}

	/** What --boot asks for. */
	private record Boot(Path kernel, Path initrd, String marker) {
	}

	/** The command line; paths are absolute, a null means that the option was not given. */
	private record Options(int rounds, int scale, String only, boolean cpu, Path json, String against, String ours, Path image,
			int timeoutSeconds, String memory, String append, Boot boot, boolean costs) {

		static Options parse(List<String> arguments) throws Failure {
			Map<String, String> values = new HashMap<>();
			Boot boot = null;
			boolean cpu = false;
			boolean costs = false;
			Deque<String> rest = new ArrayDeque<>(arguments);
			while (!rest.isEmpty()) {
				String option = rest.pop();
				switch (option) {
					case "--cpu" -> cpu = true;
					case "--costs" -> costs = true;
					case "--boot" -> boot = new Boot(file(operand(rest, option)), file(operand(rest, option)), operand(rest, option));
					case "--rounds", "--scale", "--only", "--json", "--against", "--ours", "--image", "--timeout", "--memory", "--append" ->
						values.put(option, operand(rest, option));
					default -> throw new Failure(MISSING, "unknown option " + option + "; see bench --help");
				}
			}
			Stream<String> misplaced = boot == null ? Stream.of("--memory", "--append") : Stream.of("--scale", "--only", "--image");
			String other = misplaced.filter(values::containsKey).findFirst().orElse(null);
			if (other != null) {
				throw new Failure(MISSING, other + (boot == null ? " needs --boot" : " does not go with --boot"));
			}
			if (boot != null && boot.marker().isEmpty()) {
				throw new Failure(MISSING, "the marker of --boot is empty");
			}
			return new Options(number(values, "--rounds", 3), number(values, "--scale", 1), values.get("--only"), cpu,
				values.containsKey("--json") ? Path.of(values.get("--json")).toAbsolutePath() : null,
				values.get("--against"), values.get("--ours"),
				boot != null ? null : file(values.getOrDefault("--image", home().resolve("guest/guest.elf").toString())),
				number(values, "--timeout", 600), values.getOrDefault("--memory", boot == null ? "64M" : "256M"),
				values.getOrDefault("--append", "console=ttyS0"), boot, costs);
		}

		private static String operand(Deque<String> rest, String option) throws Failure {
			if (rest.isEmpty()) {
				throw new Failure(MISSING, option + " needs more operands; see bench --help");
			}
			return rest.pop();
		}

		private static int number(Map<String, String> values, String option, int otherwise) throws Failure {
			String text = values.get(option);
			if (text == null) {
				return otherwise;
			}
			if (!text.matches("[1-9][0-9]{0,5}")) {
				throw new Failure(MISSING, option + " takes a number from 1 to 999999, not " + text);
			}
			return Integer.parseInt(text);
		}

		private static Path file(String name) throws Failure {
			Path path = Path.of(name).toAbsolutePath();
			if (!Files.isReadable(path)) {
				throw new Failure(MISSING, "no such file: " + name);
			}
			return path;
		}
	}

	/** One of the two systems compared. */
	private record Side(String label, List<String> command, Map<String, String> environment) {
		private static Side shell(String label, String command, Map<String, String> environment) {
			return new Side(label, List.of("sh", "-c", command), environment);
		}

		static Side ours(Options options, Map<String, String> environment) throws Failure {
			if (options.ours() != null) {
				return shell("ours", options.ours(), environment);
			}
			Path launcher = launcher();
			List<String> command = new ArrayList<>(List.of(launcher.toString(), "run", environment.get("IMAGE"),
				"--memory", environment.get("MEMORY"), "--append", environment.get("APPEND")));
			if (options.boot() != null) {
				command.addAll(List.of("--initrd", environment.get("INITRD")));
			}
			return new Side("ours", command, environment);
		}

		static Path launcher() throws Failure {
			Path launcher = home().resolve("../../mshv").normalize();
			if (!Files.isExecutable(launcher)) {
				throw new Failure(MISSING, "no launcher " + launcher + "; name another first side with --ours COMMAND");
			}
			return launcher;
		}

		static Side yardstick(Options options, Map<String, String> environment) throws Failure {
			if (options.against() != null) {
				return shell("other", options.against(), environment);
			}
			String path = System.getenv().getOrDefault("PATH", "");
			if (Stream.of(path.split(File.pathSeparator)).noneMatch(folder -> Files.isExecutable(Path.of(folder, QEMU)))) {
				throw new Failure(MISSING, "no " + QEMU + " on the path (Debian package qemu-system-x86); "
					+ "install it or name another yardstick with --against COMMAND");
			}
			List<String> command = new ArrayList<>(List.of(QEMU, "-accel", "tcg", "-cpu", "max", "-display", "none", "-nodefaults",
				"-no-reboot", "-m", environment.get("MEMORY"), "-kernel", environment.get("IMAGE"), "-append", environment.get("APPEND")));
			command.addAll(options.boot() != null
				? List.of("-initrd", environment.get("INITRD"), "-serial", "stdio")
				: List.of("-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-debugcon", "stdio", "-serial", "null"));
			return new Side("TCG", command, environment);
		}
	}

	/** One kernel in one run: time, the guest's result and its count of work, both hexadecimal. */
	private record Sample(double milliseconds, String result, String count) {
		boolean agrees(Sample other) {
			return result.equals(other.result) && count.equals(other.count);
		}
	}

	/** All samples of one kernel; both lists hold one for each round. */
	private record Row(String name, List<Sample> ours, List<Sample> theirs) {
		String group() {
			return name.replaceFirst("\\..*", "");
		}

		double ratio() {
			return median(ours) / median(theirs);
		}

		boolean same() {
			return Stream.concat(ours.stream(), theirs.stream()).allMatch(ours.getFirst()::agrees);
		}

		static double median(List<Sample> samples) {
			return Bench.median(samples.stream().map(Sample::milliseconds).toList());
		}
	}

	/** The CPU time a process has used, to the nanosecond and with the threads that have ended, from its POSIX clock. */
	private static final class CpuClock {
		private static final int TIMESPEC_BYTES = 16;
		private final MethodHandle getClock;
		private final MethodHandle getTime;

		@SuppressWarnings("restricted")
		CpuClock() throws Failure {
			if (!System.getProperty("os.name").equals("Linux")) {
				throw new Failure(MISSING, "--cpu needs Linux");
			}
			Linker linker = Linker.nativeLinker();
			SymbolLookup library = linker.defaultLookup();
			getClock = linker.downcallHandle(library.findOrThrow("clock_getcpuclockid"),
				FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
			getTime = linker.downcallHandle(library.findOrThrow("clock_gettime"),
				FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
		}

		/** In nanoseconds, or -1 if there is no such process any more. */
		long read(long pid) {
			try (Arena arena = Arena.ofConfined()) {
				MemorySegment clock = arena.allocate(ValueLayout.JAVA_INT);
				MemorySegment time = arena.allocate(TIMESPEC_BYTES, Long.BYTES);
				if ((int) getClock.invokeExact((int) pid, clock) != 0
						|| (int) getTime.invokeExact(clock.get(ValueLayout.JAVA_INT, 0), time) != 0) {
					return -1;
				}
				return time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L + time.get(ValueLayout.JAVA_LONG, Long.BYTES);
			} catch (Throwable failure) {
				throw new IllegalStateException("clock_gettime cannot be called", failure);
			}
		}
	}

	/** A started process of one side, with its stopwatch; closing it ends the process and those it started. */
	private static final class Run implements AutoCloseable {
		private static final int KEPT_ERROR_LINES = 5;
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
				throw new Failure(MISSING, side.label() + ": " + failure.getMessage());
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
				throw new Failure(RUN_FAILED, side.label() + ": still runs " + END_SECONDS + " s after its guest has ended");
			}
		}

		/** The failure of a process that closed its output too early. */
		Failure ended(String where) throws InterruptedException {
			if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
				return new Failure(RUN_FAILED, side.label() + ": closed its output " + where);
			}
			if (timedOut) {
				return new Failure(RUN_FAILED, side.label() + ": timed out " + where);
			}
			errorReader.join(1000);
			synchronized (errors) {
				return new Failure(RUN_FAILED, side.label() + ": ended with status " + process.exitValue() + " " + where
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

	/** Lines on standard error; on a terminal a line about a kernel is overwritten by the next. */
	private static final class Progress {
		private final boolean terminal = Boolean.getBoolean("bench.terminal");

		void passing(String text) {
			if (terminal) {
				System.err.print("\r\033[K" + text);
			}
		}

		void lasting(String text) {
			System.err.println((terminal ? "\r\033[K" : "") + text);
		}
	}

	private static final Pattern START = Pattern.compile("S (\\S+)");
	private static final Pattern END = Pattern.compile("E (\\S+) (?:0x)?[0-9a-f]+ (?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+)");

	private final Options options;
	private final CpuClock cpu;
	private final Progress progress = new Progress();

	private Bench(Options options) throws Failure {
		this.options = options;
		this.cpu = options.cpu() ? new CpuClock() : null;
	}

	public static void main(String[] arguments) throws InterruptedException {
		if (List.of(arguments).contains("--help")) {
			System.out.println(USAGE);
			return;
		}
		try {
			Options options = Options.parse(List.of(arguments));
			Bench bench = new Bench(options);
			int status = options.costs() ? bench.costs() : options.boot() == null ? bench.kernels() : bench.boot();
			System.exit(status);
		} catch (Failure failure) {
			System.err.println("bench: " + failure.getMessage());
			System.exit(failure.status);
		} catch (IOException failure) {
			System.err.println("bench: " + failure.getMessage());
			System.exit(RUN_FAILED);
		}
	}

	private static Path home() {
		return Path.of(System.getProperty("bench.home", ".")).toAbsolutePath();
	}

	/** Runs one side; several kinds of run share the order of rounds. */
	private interface Measurement<T> {
		T run(Side side, String title) throws Failure, IOException, InterruptedException;
	}

	/** Results of all rounds, first ours, then the yardstick's; the side that starts changes from round to round. */
	private <T> List<List<T>> alternate(Side ours, Side theirs, Measurement<T> measurement)
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
	private void buildPlatform() throws Failure, IOException, InterruptedException {
		Path launcher = Side.launcher();
		progress.passing("starting " + launcher);
		Process process = new ProcessBuilder(launcher.toString(), "--version").redirectInput(new File("/dev/null"))
			.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		if (process.waitFor() != 0) {
			throw new Failure(RUN_FAILED, launcher + " --version ends with status " + process.exitValue());
		}
	}

	private int kernels() throws Failure, IOException, InterruptedException {
		String append = "scale=" + options.scale() + (options.only() == null ? "" : " only=" + options.only());
		Map<String, String> environment = Map.of("IMAGE", options.image().toString(), "MEMORY", options.memory(), "APPEND", append);
		Side ours = Side.ours(options, environment);
		Side theirs = Side.yardstick(options, environment);
		List<List<Map<String, Sample>>> runs = alternate(ours, theirs, this::runGuest);

		Set<String> names = new LinkedHashSet<>();
		runs.forEach(side -> side.forEach(run -> names.addAll(run.keySet())));
		List<Row> rows = new ArrayList<>();
		for (String name : names) {
			if (Stream.concat(runs.get(0).stream(), runs.get(1).stream()).anyMatch(run -> !run.containsKey(name))) {
				throw new Failure(RUN_FAILED, name + " did not run every time on both sides");
			}
			rows.add(new Row(name, runs.get(0).stream().map(run -> run.get(name)).toList(),
				runs.get(1).stream().map(run -> run.get(name)).toList()));
		}
		Map<String, Double> means = means(rows);
		printKernels(rows, means, theirs.label());
		if (options.json() != null) {
			Files.writeString(options.json(), kernelsJson(rows, means, ours, theirs));
		}
		rows.stream().filter(row -> !row.same()).forEach(row -> System.err.println("bench: " + row.name() + ": results differ: ours "
			+ results(row.ours()) + ", " + theirs.label() + " " + results(row.theirs())));
		return rows.stream().allMatch(Row::same) ? 0 : RESULTS_DIFFER;
	}

	/** One run of the guest; a line counts as having happened when it arrives. */
	private Map<String, Sample> runGuest(Side side, String title) throws Failure, IOException, InterruptedException {
		Map<String, Sample> samples = new LinkedHashMap<>();
		try (Run run = new Run(side, cpu, options.timeoutSeconds())) {
			BufferedReader lines = new BufferedReader(new InputStreamReader(run.output(), StandardCharsets.ISO_8859_1));
			String running = null;
			long since = 0;
			for (String line; (line = lines.readLine()) != null;) {
				long now = run.elapsed();
				Matcher start = START.matcher(line);
				Matcher end = END.matcher(line);
				if (start.matches()) {
					running = start.group(1);
					progress.passing(title + ": " + running);
					since = run.elapsed();
				} else if (end.matches() && end.group(1).equals(running)) {
					samples.put(running, new Sample((now - since) / 1e6, end.group(2), end.group(3)));
					running = null;
				} else if (line.equals("BEGIN")) {
					run.findProcesses();
				} else if (line.startsWith("FAIL ")) {
					throw new Failure(RUN_FAILED, side.label() + ": the guest reports: " + line.substring("FAIL ".length()));
				} else if (line.equals("DONE")) {
					run.awaitEnd();
					double sum = samples.values().stream().mapToDouble(Sample::milliseconds).sum();
					progress.lasting(String.format(Locale.ROOT, "%s: %d kernels, %.1f s", title, samples.size(), sum / 1000));
					return samples;
				}
			}
			throw run.ended(running != null ? "in " + running : samples.isEmpty() ? "before the first kernel" : "between kernels");
		}
	}

	private void printKernels(List<Row> rows, Map<String, Double> means, String label) {
		String clock = options.cpu() ? "CPU ms" : "ms";
		String format = "%-20s %12s %12s %7s  %s%n";
		System.out.printf(format, "kernel", "ours " + clock, label + " " + clock, "ratio", "result");
		for (Row row : rows) {
			System.out.printf(format, row.name(), milliseconds(Row.median(row.ours())), milliseconds(Row.median(row.theirs())),
				ratio(row.ratio()), row.same() ? "same" : "DIFFERS");
		}
		System.out.printf("%nratio: median of ours / median of %s, %d rounds; below 1 is faster. Geometric means:%n", label, options.rounds());
		Map<String, Long> sizes = rows.stream().collect(Collectors.groupingBy(Row::group, Collectors.counting()));
		means.forEach((group, mean) -> System.out.printf(format, group, "", sizes.getOrDefault(group, (long) rows.size()) + " kernels",
			ratio(mean), ""));
	}

	/** Geometric means of the ratios, of each group in the guest's order, then of all. */
	private static Map<String, Double> means(List<Row> rows) {
		Map<String, Double> means = new LinkedHashMap<>();
		rows.stream().collect(Collectors.groupingBy(Row::group, LinkedHashMap::new, Collectors.toList()))
			.forEach((group, members) -> means.put(group, geometricMean(members)));
		means.put("all", geometricMean(rows));
		return means;
	}

	private static double geometricMean(List<Row> rows) {
		return Math.exp(rows.stream().mapToDouble(row -> Math.log(row.ratio())).average().orElse(Double.NaN));
	}

	/** The kernel of the guest that does nothing but leave it, and what that is in the table of costs. */
	private static final String EXIT_KERNEL = "exit.out", EXIT_COST = "exit and entry through run(), a port";
	private static final Pattern COST = Pattern.compile("(\\S.*?) {2,}([0-9]+) +([0-9]+) +([0-9]+)");

	/** A row for each operation that ours measures; other systems have figures for some of them. */
	private int costs() throws Failure, IOException, InterruptedException {
		buildPlatform();
		Map<String, Double> ours = ourCosts();
		Map<String, Double> kvm = kvmCosts();
		Map<String, String> environment = Map.of("IMAGE", options.image().toString(), "MEMORY", options.memory(), "APPEND",
			"scale=20 only=" + EXIT_KERNEL);
		Sample exit = runGuest(Side.yardstick(options, environment), "TCG").get(EXIT_KERNEL);
		if (exit == null) {
			throw new Failure(RUN_FAILED, "the guest has no kernel " + EXIT_KERNEL);
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
		List<String> command = List.of(Side.launcher().toString(), "costs", "--rounds", String.valueOf(options.rounds()));
		try (Run run = new Run(new Side("ours", command, Map.of()), cpu, options.timeoutSeconds())) {
			BufferedReader lines = new BufferedReader(new InputStreamReader(run.output(), StandardCharsets.UTF_8));
			progress.passing("ours");
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
			progress.passing("/dev/kvm");
			return new Kvm(options.rounds()).measure();
		} catch (IOException | IllegalStateException unusable) {
			progress.lasting("no figures of KVM: " + unusable.getMessage());
			return Map.of();
		}
	}

	private static String nanoseconds(Double value) {
		return value == null ? "-" : String.format(Locale.ROOT, "%.0f", value);
	}

	private int boot() throws Failure, IOException, InterruptedException {
		Boot boot = options.boot();
		Map<String, String> environment = Map.of("IMAGE", boot.kernel().toString(), "INITRD", boot.initrd().toString(),
			"MEMORY", options.memory(), "APPEND", options.append());
		Side ours = Side.ours(options, environment);
		Side theirs = Side.yardstick(options, environment);
		List<List<Double>> times = alternate(ours, theirs, this::runBoot);
		double mine = median(times.get(0));
		double other = median(times.get(1));
		String format = "%-20s %12s %12s %7s%n";
		String clock = options.cpu() ? "CPU ms" : "ms";
		System.out.printf(format, "boot", "ours " + clock, theirs.label() + " " + clock, "ratio");
		System.out.printf(format, "start to marker", milliseconds(mine), milliseconds(other), ratio(mine / other));
		if (options.json() != null) {
			Json json = new Json();
			sides(json.text("kind", "boot").text("marker", boot.marker()), ours, theirs);
			Files.writeString(options.json(), json.numbers("oursMs", times.get(0)).numbers("againstMs", times.get(1))
				.number("ratio", mine / other).end() + "\n");
		}
		return 0;
	}

	/** Milliseconds from the start of the process to the marker in its output. */
	private double runBoot(Side side, String title) throws Failure, IOException, InterruptedException {
		byte[] chunk = new byte[1 << 16];
		String marker = new String(options.boot().marker().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
		String tail = "";
		progress.passing(title);
		try (Run run = new Run(side, cpu, options.timeoutSeconds())) {
			for (int length; (length = run.output().read(chunk)) >= 0;) {
				run.findProcesses();
				String seen = tail + new String(chunk, 0, length, StandardCharsets.ISO_8859_1);
				if (seen.contains(marker)) {
					double elapsed = run.elapsed() / 1e6;
					progress.lasting(String.format(Locale.ROOT, "%s: %.0f ms", title, elapsed));
					return elapsed;
				}
				tail = seen.substring(Math.max(0, seen.length() - marker.length() + 1));
			}
			throw run.ended("before the marker");
		}
	}

	private String kernelsJson(List<Row> rows, Map<String, Double> means, Side ours, Side theirs) {
		Json json = new Json();
		sides(json.text("kind", "kernels").number("scale", options.scale()), ours, theirs);
		json.raw("kernels", list(rows, row -> "\n\t\t" + new Json().text("name", row.name())
			.text("count", row.ours().getFirst().count()).raw("same", String.valueOf(row.same()))
			.texts("oursResults", distinct(row.ours())).texts("againstResults", distinct(row.theirs()))
			.numbers("oursMs", row.ours().stream().map(Sample::milliseconds).toList())
			.numbers("againstMs", row.theirs().stream().map(Sample::milliseconds).toList())
			.number("ratio", row.ratio()).end()));
		Json group = new Json();
		means.forEach(group::number);
		return json.raw("geometricMeans", group.end()).end() + "\n";
	}

	private void sides(Json json, Side ours, Side theirs) {
		json.text("clock", options.cpu() ? "cpu" : "wall").number("rounds", options.rounds()).text("append", ours.environment().get("APPEND"))
			.texts("ours", ours.command()).texts("against", theirs.command());
	}

	private static Collection<String> distinct(List<Sample> samples) {
		return samples.stream().map(Sample::result).distinct().toList();
	}

	private static String results(List<Sample> samples) {
		return samples.stream().map(sample -> sample.result() + " (count " + sample.count() + ")").distinct()
			.collect(Collectors.joining(" or "));
	}

	private static double median(List<Double> values) {
		List<Double> sorted = values.stream().sorted().toList();
		int middle = sorted.size() / 2;
		return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
	}

	private static String milliseconds(double value) {
		return String.format(Locale.ROOT, "%.1f", value);
	}

	private static String ratio(double value) {
		return String.format(Locale.ROOT, "%.3f", value);
	}

	private static <T> String list(Collection<T> values, Function<T, String> format) {
		return values.stream().map(format).collect(Collectors.joining(", ", "[", "]"));
	}

	/** One JSON object in the making. */
	private static final class Json {
		private final StringBuilder text = new StringBuilder("{");

		Json raw(String key, String value) {
			text.append(text.length() == 1 ? "" : ", ").append(quote(key)).append(": ").append(value);
			return this;
		}

		Json text(String key, String value) {
			return raw(key, quote(value));
		}

		Json texts(String key, Collection<String> values) {
			return raw(key, list(values, Json::quote));
		}

		Json number(String key, double value) {
			return raw(key, format(value));
		}

		Json numbers(String key, Collection<Double> values) {
			return raw(key, list(values, Json::format));
		}

		String end() {
			return text + "}";
		}

		/** JSON has no infinities: a ratio to nothing becomes null. */
		private static String format(double value) {
			return !Double.isFinite(value) ? "null" : value == Math.rint(value) && Math.abs(value) < 1e15
				? String.valueOf((long) value) : String.format(Locale.ROOT, "%.4f", value);
		}

		private static String quote(String value) {
			StringBuilder quoted = new StringBuilder("\"");
			value.chars().forEach(c -> {
				if (c == '"' || c == '\\') {
					quoted.append('\\').append((char) c);
				} else if (c < ' ') {
					quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
				} else {
					quoted.append((char) c);
				}
			});
			return quoted.append('"').toString();
		}
	}
}
