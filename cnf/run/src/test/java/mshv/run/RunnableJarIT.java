package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.run.Programs.Outcome;

/** The exported jars as processes of their own: standard streams and exit status. */
class RunnableJarIT {
	@TempDir
	Path directory;

	@Test
	void aCommandLineThatSucceedsExitsWithZero() throws Exception {
		Outcome outcome = run("batch", "", "-Dmshv.command=felix:lb -s");
		assertEquals(0, outcome.status(), outcome::toString);
		assertTrue(outcome.out().contains("mshv.backend.emu"), outcome::toString);
		assertEquals("", outcome.err());
	}

	@Test
	void everyBundleIsActiveWhenTheCommandLineRuns() throws Exception {
		Outcome outcome = run("batch", "", "-Dmshv.command=felix:lb -s");
		List<String> idle = outcome.out().lines().filter(line -> line.contains("|")).skip(1).filter(line -> !line.contains("|Active")).toList();
		assertEquals(List.of(), idle);
	}

	@Test
	void helpListsTheCommandsOfEveryBundle() throws Exception {
		Outcome outcome = run("batch", "", "-Dmshv.command=mshv:help");
		assertTrue(outcome.out().contains("\nclients "), outcome::toString);
		assertTrue(outcome.out().contains("\nserve "), outcome::toString);
		assertTrue(outcome.out().contains("\ndemo "), outcome::toString);
	}

	@Test
	void anUnknownCommandIsOneLineAndWrongUsage() throws Exception {
		Outcome outcome = run("batch", "", "-Dmshv.command=mshv:nosuch");
		assertEquals(64, outcome.status(), outcome::toString);
		assertEquals("mshv: no command 'nosuch' (see 'help')", outcome.err().strip());
		assertEquals("", outcome.out());
	}

	@Test
	void thePlainShellTakesCommandsFromAPipe() throws Exception {
		Outcome outcome = run("mshv", "felix:lb -s\nexit 0\n");
		assertEquals(0, outcome.status(), outcome::toString);
		assertTrue(outcome.out().contains("mshv.backend.emu"), outcome::toString);
		assertFalse(outcome.err().contains("Exception"), outcome::toString);
	}

	private Outcome run(String jar, String input, String... properties) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java",
			"--sun-misc-unsafe-memory-access=allow"));
		command.addAll(List.of(properties));
		command.addAll(List.of("-jar", "target/" + jar + ".jar"));
		return Programs.run(directory, 2, input, command);
	}
}
