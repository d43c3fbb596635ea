import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One of the two systems compared. */
record Side(String label, List<String> command, Map<String, String> environment) {
	private static final String QEMU = "qemu-system-x86_64";

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
		Path launcher = Options.home().resolve("../../mshv").normalize();
		if (!Files.isExecutable(launcher)) {
			throw new Failure(Failure.MISSING, "no launcher " + launcher + "; name another first side with --ours COMMAND");
		}
		return launcher;
	}

	static Side yardstick(Options options, Map<String, String> environment) throws Failure {
		if (options.against() != null) {
			return shell("other", options.against(), environment);
		}
		String path = System.getenv().getOrDefault("PATH", "");
		if (Stream.of(path.split(File.pathSeparator)).noneMatch(folder -> Files.isExecutable(Path.of(folder, QEMU)))) {
			throw new Failure(Failure.MISSING, "no " + QEMU + " on the path (Debian package qemu-system-x86); "
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
