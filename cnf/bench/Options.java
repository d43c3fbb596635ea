import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The command line; paths are absolute, a null means that the option was not given. */
record Options(int rounds, int scale, String only, boolean cpu, Path json, String against, String ours, Path image,
		int timeoutSeconds, String memory, String append, Boot boot, boolean costs) {
	/** What --boot asks for. */
	record Boot(Path kernel, Path initrd, String marker) {}

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
				default -> throw new Failure(Failure.MISSING, "unknown option " + option + "; see bench --help");
			}
		}
		Stream<String> misplaced = boot == null ? Stream.of("--memory", "--append") : Stream.of("--scale", "--only", "--image");
		String other = misplaced.filter(values::containsKey).findFirst().orElse(null);
		if (other != null) {
			throw new Failure(Failure.MISSING, other + (boot == null ? " needs --boot" : " does not go with --boot"));
		}
		if (boot != null && boot.marker().isEmpty()) {
			throw new Failure(Failure.MISSING, "the marker of --boot is empty");
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
			throw new Failure(Failure.MISSING, option + " needs more operands; see bench --help");
		}
		return rest.pop();
	}

	private static int number(Map<String, String> values, String option, int otherwise) throws Failure {
		String text = values.get(option);
		if (text == null) {
			return otherwise;
		}
		if (!text.matches("[1-9][0-9]{0,5}")) {
			throw new Failure(Failure.MISSING, option + " takes a number from 1 to 999999, not " + text);
		}
		return Integer.parseInt(text);
	}

	private static Path file(String name) throws Failure {
		Path path = Path.of(name).toAbsolutePath();
		if (!Files.isReadable(path)) {
			throw new Failure(Failure.MISSING, "no such file: " + name);
		}
		return path;
	}

	/** Folder of the benchmark. */
	static Path home() {
		return Path.of(System.getProperty("bench.home", ".")).toAbsolutePath();
	}
}
