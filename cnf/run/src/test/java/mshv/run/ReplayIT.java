package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.run.Programs.Outcome;

/** Traces of programs, replayed as a user replays them. */
class ReplayIT {
	@TempDir
	Path directory;

	private Path record(String... arguments) throws Exception {
		Path trace = directory.resolve("trace.jsonl");
		String[] words = new String[arguments.length + 2];
		words[0] = "--trace";
		words[1] = trace.toString();
		System.arraycopy(arguments, 0, words, 2, arguments.length);
		assertEquals(0, new Launches(directory).client(words).status());
		Launches.awaitWhole(trace);
		return trace;
	}

	private Outcome replay(String... words) throws Exception {
		String[] command = new String[words.length + 1];
		command[0] = "replay";
		System.arraycopy(words, 0, command, 1, words.length);
		return new Launches(directory).mshv("", command);
	}

	@Test
	void aGuestDoesTheSameAgain() throws Exception {
		Path trace = record("--trace-memory", "private");
		Outcome outcome = replay("--backend", "emu", trace.toString());
		assertTrue(outcome.out().matches("\\d+ calls: \\d+ compared, 0 by their result only, 0 not made\nno difference\n"), outcome::toString);
		assertEquals("", outcome.err());
		assertEquals(0, outcome.status());
	}

	@Test
	void aDifferenceIsOneLine() throws Exception {
		Outcome outcome = replay("--fail", "PROBE=EBUSY", record("errors").toString());
		assertEquals(64, outcome.status(), outcome::toString);
		outcome = replay("--fail", "CREATE_VP@2=EBUSY", directory.resolve("trace.jsonl").toString());
		assertTrue(outcome.err().matches("mshv: call \\d+ of thread \\d+, mshv-partition-\\d+ CREATE_VP, result: expected -22 \\(EINVAL\\), found -16"
			+ " \\(EBUSY\\)\n"), outcome::toString);
		assertEquals(98, outcome.status());
	}

	@Test
	void whatIsNoTraceIsOneLine() throws Exception {
		Path file = Files.writeString(directory.resolve("new.jsonl"), "{\"mshvTrace\":9}\n");
		Outcome outcome = replay(file.toString());
		assertEquals("mshv: " + file + ": this is a trace of version 9, and only version 1 is known\n", outcome.err());
		assertEquals(100, outcome.status());
	}
}
