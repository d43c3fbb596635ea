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

/** Programs that use {@code /dev/mshv}, started as a user starts them. */
class ExecIT {
	@TempDir
	Path directory;

	@Test
	void aGuestRunsInPrivateMemory() throws Exception {
		assertRuns(client("private"));
	}

	@Test
	void aGuestRunsInSharedMemory() throws Exception {
		assertRuns(client("shared"));
	}

	private static void assertRuns(Outcome outcome) {
		assertEquals("""
			property 0
			clock true
			initialize 0
			memory 0
			kept 42 true
			page 1 1 0
			registers 0
			run 0 port 3f8 rax 34 rip 1007 true
			registers 0
			run 0 port 3f8 rax 0 rip 100a true
			run 0 halt 100c true
			lapic 0 4096
			lapic back 0
			unmap 0
			unmap again -2
			""", outcome.out(), outcome::toString);
		assertEquals(0, outcome.status(), outcome::toString);
	}

	@Test
	void whatIsWrongIsAnErrorNumber() throws Exception {
		Outcome outcome = client("errors");
		assertEquals("""
			unknown on the device -25
			initialize on the device -25
			create from nowhere -14
			create with unknown flags -22
			run on a partition -25
			processor too early -5
			initialize 0
			initialize again 0
			processor 256 -22
			processor again -17
			hypercall that is not on the list -22
			hypercall without input -22
			run to nowhere -14
			no memory there -22
			size 0 -22
			unaligned -22
			size that wraps -22
			unknown flags -22
			map 0
			overlap -17
			the same at another place 0
			unmap another -22
			closed descriptor -9
			another file -25
			""", outcome.out(), outcome::toString);
	}

	@Test
	void aPartitionLivesAsLongAsOneOfItsDescriptors() throws Exception {
		assertEquals("""
			close 0 0 0
			registers 0
			closed -9
			opened again 0
			""", client("lifetime").out());
	}

	@Test
	void aProgramThatLooksForTheDeviceFirstFindsIt() throws Exception {
		Outcome outcome = exec("", "sh", "-c", """
			test -c /dev/mshv && test -r /dev/mshv && test -w /dev/mshv && ! test -x /dev/mshv && echo there
			stat -c '%F %a' /dev/mshv
			stat -L -c %F /dev/null
			test -e /dev/mshv0 || echo not there
			""");
		assertEquals("""
			there
			character special file 666
			character special file
			not there
			""", outcome.out(), outcome::toString);
	}

	@Test
	void aRunThatWasToBeShortKeepsNoOtherCallWaiting() throws Exception {
		Outcome outcome = client("turns");
		assertEquals("""
			call during a run -25
			run 0
			""", outcome.out(), outcome::toString);
		assertEquals(0, outcome.status());
	}

	@Test
	void registersThatThePartitionWritesAreInTheMappedPageAtOnce() throws Exception {
		assertEquals("stale 0\n", client("mirror").out());
	}

	@Test
	void theProgramsExitStatusIsTheLaunchers() throws Exception {
		assertEquals(7, client("status", "7").status());
	}

	@Test
	void aProgramHasTheStreamsDirectoryAndDescriptorsOfItsLauncher() throws Exception {
		Outcome outcome = exec("said", "--", "sh", "-c", "cat; pwd; echo no >&2; ls /proc/self/fd | wc -l");
		// ls has its folder open beside the three
		assertEquals("said" + Path.of("").toAbsolutePath() + "\n4\n", outcome.out());
		assertEquals("no\n", outcome.err());
	}

	@Test
	void aProgramThatIsNotThereIsOneLine() throws Exception {
		Outcome outcome = exec("", "no-such-program");
		assertEquals(127, outcome.status());
		assertEquals("mshv: exec: no-such-program: not found\n", outcome.err());
	}

	@Test
	void anUnknownBackendIsOneLine() throws Exception {
		Outcome outcome = exec("", "--backend", "none", "true");
		assertEquals(82, outcome.status());
		assertEquals("mshv: exec: no backend none\n", outcome.err());
	}

	@Test
	void aListenerInsideAListenerIsRefused() throws Exception {
		Outcome outcome = exec("", Path.of("../../mshv").toAbsolutePath().toString(), "exec", "true");
		assertEquals(94, outcome.status(), outcome::toString);
		assertTrue(outcome.err().contains("another seccomp listener"), outcome::toString);
	}

	@Test
	void aTraceHasEveryCallWithItsArguments() throws Exception {
		Path text = directory.resolve("trace.txt");
		Path json = directory.resolve("trace.jsonl");
		client("--trace", text.toString(), "lifetime");
		client("--trace", json.toString(), "lifetime");
		List<String> lines = Launches.awaitWhole(text);
		assertTrue(lines.stream().anyMatch(line -> line.matches(".* mshv CREATE_PARTITION \\{flags=0x3 .*\\} object \\d+ = \\d+ <.* us>")), lines::toString);
		assertTrue(lines.stream().anyMatch(line -> line.contains("SET_VP_REGISTERS reps=1")), lines::toString);
		assertEquals(lines.size() + 1, Launches.awaitWhole(json).size(), "a line more, which says what it is");
	}

	@Test
	void aRuleMakesACallFail() throws Exception {
		Outcome outcome = exec("", "--fail", "OPEN@1=EBUSY", "sh", "-c", "true < /dev/mshv; true < /dev/mshv && echo opened");
		assertTrue(outcome.err().contains("busy"), outcome::toString);
		assertEquals("opened\n", outcome.out(), outcome::toString);
	}

	@Test
	void aRuleThatMeansNothingIsOneLine() throws Exception {
		Outcome outcome = exec("", "--fail", "RUN=EINTR", "true");
		assertEquals(94, outcome.status());
		assertEquals("mshv: exec: rule 'RUN=EINTR': no call RUN\n", outcome.err());
	}

	private Outcome client(String... arguments) throws IOException, InterruptedException {
		return new Launches(directory).client(arguments);
	}

	private Outcome exec(String input, String... words) throws IOException, InterruptedException {
		return new Launches(directory).exec(input, words);
	}
}
