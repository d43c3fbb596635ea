package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.run.Launches.Outcome;

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
		awaitWhole(trace);
		return trace;
	}

	/** The last lines come when the program has ended already. */
	private static void awaitWhole(Path trace) throws IOException, InterruptedException {
		int before = -1;
		List<String> lines = Files.readAllLines(trace);
		while (lines.size() != before || !lines.getLast().contains("\"CLOSE\"")) {
			before = lines.size();
			Thread.sleep(50);
			lines = Files.readAllLines(trace);
		}
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
		assertSame("\\d+ calls: \\d+ compared, 0 by their result only, 0 not made\nno difference\n", replay("--backend", "emu", trace.toString()));
		String tampered = replace(trace, "\"RUN_VP\"", "\\[\\[(\\d+),\"(.{160})34", "[[$1,\"$235");
		assertDiffers("mshv-vp-0 RUN_VP, IoPort.rax: expected 0x35, found 0x34", replay(tampered));
		String refused = replace(trace, "\"SET_VP_REGISTERS\"", "\"result\":0", "\"result\":-22");
		assertDiffers("mshv-vp-0 ROOT_HVCALL SET_VP_REGISTERS, result: expected -22 (EINVAL), found 0", replay(refused));
		assertDiffers("mshv-vp-0 ROOT_HVCALL SET_VP_REGISTERS, status: expected 0 (SUCCESS), found 5 (INVALID_PARAMETER)",
			replay("--fail", "SET_VP_REGISTERS@2=status:INVALID_PARAMETER", trace.toString()));
		assertDiffers("mshv-vp-0 GET_VP_STATE, result: expected 0, found -5 (EIO)", replay("--fail", "GET_VP_STATE=EIO", trace.toString()));
		String other = replace(trace, "\"memory\"", "baf80300d80430ee", "baf80300d80430f4");
		assertDiffers("mshv-vp-0 RUN_VP, exit: expected IoPort, found Halt", replay(other));
	}

	@Test
	void callsThatFailDoSoAgain() throws Exception {
		assertSame("28 calls: 25 compared, 0 by their result only, 0 not made\nno difference\n", replay(record("errors").toString()));
	}

	@Test
	void withoutGuestMemoryNoGuestRuns() throws Exception {
		assertSame("\\d+ calls: \\d+ compared, [1-9]\\d* by their result only, 3 not made\n"
			+ "the trace has no guest memory \\(--trace-memory\\): from call \\d+ on guests do not run\nno difference\n",
			replay(record("shared").toString()));
	}

	@Test
	void whatARuleHadAnsweredIsNotMade() throws Exception {
		assertSame("\\d+ calls: \\d+ compared, 0 by their result only, 1 not made\nno difference\n",
			replay(record("--fail", "INITIALIZE_PARTITION@2=EBUSY", "lifetime").toString()));
	}

	@Test
	void whatIsNoTraceIsOneLine() throws Exception {
		assertBad(100, "no.jsonl: this is no trace of JSON lines", "no.jsonl", "0.1 42 mshv OPEN = 3\n");
		assertBad(100, "new.jsonl: this is a trace of version 9, and only version 1 is known", "new.jsonl", "{\"mshvTrace\":9}\n");
		assertBad(72, "cut.jsonl: line 2 is not whole: the trace ends in it", "cut.jsonl", "{\"mshvTrace\":1}\n{\"number\":1,");
		Outcome missing = replay(directory.resolve("missing").toString());
		assertEquals(66, missing.status());
	}

	private void assertBad(int status, String line, String name, String content) throws Exception {
		Outcome outcome = replay(Files.writeString(directory.resolve(name), content).toString());
		assertEquals("mshv: " + directory + "/" + line + "\n", outcome.err(), outcome::toString);
		assertEquals(status, outcome.status());
	}

	private static void assertSame(String out, Outcome outcome) {
		assertTrue(outcome.out().matches(out), outcome::toString);
		assertEquals("", outcome.err());
		assertEquals(0, outcome.status());
	}

	private static void assertDiffers(String what, Outcome outcome) {
		assertTrue(outcome.err().matches("mshv: call \\d+ of thread \\d+, " + Pattern.quote(what) + "\n"), outcome::toString);
		assertEquals(98, outcome.status());
	}

	/** @return a trace that differs in the first line that has {@code call} and {@code pattern} */
	private String replace(Path trace, String call, String pattern, String by) throws IOException {
		List<String> lines = new ArrayList<>(Files.readAllLines(trace));
		for (int i = 0; i < lines.size(); i++) {
			String changed = lines.get(i).replaceFirst(pattern, by);
			if (lines.get(i).contains(call) && !changed.equals(lines.get(i))) {
				lines.set(i, changed);
				return Files.write(directory.resolve("tampered.jsonl"), lines).toString();
			}
		}
		throw new AssertionError("nothing to change in " + lines);
	}
}
