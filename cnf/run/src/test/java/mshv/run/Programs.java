package mshv.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts programs as a user starts them, and waits for their end. */
final class Programs {
	private Programs() {}

	/** How a program ended and what it has written. */
	record Outcome(int status, String out, String err) {
	}

	/** @return the command line of a program of these tests */
	static List<String> java(String main, String... arguments) {
		List<String> words = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "--enable-native-access=ALL-UNNAMED",
			"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx32m", "-cp", System.getProperty("java.class.path"), main));
		words.addAll(List.of(arguments));
		return words;
	}

	/** @param words command line without the platform's own */
	static List<String> exec(List<String> words) {
		List<String> command = new ArrayList<>(List.of("../../mshv", "exec", "--"));
		command.addAll(words);
		return command;
	}

	/** Runs a command to its end. @param directory for the files of its streams @param input its standard input */
	static Outcome run(Path directory, int minutes, String input, List<String> command) throws IOException, InterruptedException {
		Path in = Files.writeString(Files.createTempFile(directory, "in", ""), input);
		Path out = Files.createTempFile(directory, "out", "");
		Path err = Files.createTempFile(directory, "err", "");
		Process process = new ProcessBuilder(command).redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
		try {
			assertTrue(process.waitFor(minutes, TimeUnit.MINUTES), () -> "still running: " + command);
		} finally {
			process.destroyForcibly();
		}
		return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
	}
}
