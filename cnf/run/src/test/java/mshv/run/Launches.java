package mshv.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import mshv.run.Programs.Outcome;

/**
 * Starts what a user starts.
 *
 * @param directory for the files of their streams
 */
record Launches(Path directory) {
	/** Runs the client of these tests: options of exec, what it does, arguments. */
	Outcome client(String... arguments) throws IOException, InterruptedException {
		List<String> words = new ArrayList<>(List.of(arguments));
		int does = 0;
		while (words.get(does).startsWith("--")) {
			does += words.get(does).equals("--trace-memory") ? 1 : 2;
		}
		words.addAll(does, Programs.java("mshv.run.client.DeviceClient"));
		return exec("", words.toArray(String[]::new));
	}

	/** Runs a program with our device. @param input its standard input @param words options of exec, the program, its arguments */
	Outcome exec(String input, String... words) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("exec"));
		command.addAll(List.of(words));
		return mshv(input, command.toArray(String[]::new));
	}

	/** Waits for the last lines of a trace, which come when the program has ended already: they are those of its descriptors. */
	static List<String> awaitWhole(Path trace) throws IOException {
		long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
		List<String> lines = Files.readAllLines(trace);
		while (!isWhole(lines)) {
			assertTrue(System.nanoTime() < deadline, lines::toString);
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
			lines = Files.readAllLines(trace);
		}
		return lines;
	}

	/** As many files are closed as were opened or made. */
	private static boolean isWhole(List<String> lines) {
		long made = lines.stream().filter(line -> line.contains("\"created\":") || line.contains(" object ")).count();
		return made > 0 && made == lines.stream().filter(line -> line.contains("\"CLOSE\"") || line.contains(" CLOSE = ")).count();
	}

	/** Runs the launcher script. */
	Outcome mshv(String input, String... words) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("../../mshv"));
		command.addAll(List.of(words));
		return Programs.run(directory, 2, input, command);
	}
}
