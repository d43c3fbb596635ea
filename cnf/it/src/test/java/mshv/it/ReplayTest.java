package mshv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;

import mshv.api.Hypervisor;
import mshv.api.replay.ReplayReport;
import mshv.api.replay.ReplayReport.Difference;
import mshv.api.replay.TraceException;
import mshv.api.replay.TraceReplay;

/** A trace of a small guest, as it was recorded and changed in one place. */
@ExtendWith(ServiceExtension.class)
@Timeout(60)
class ReplayTest {
	private static final Duration PATIENCE = Duration.ofSeconds(10);

	@InjectService(timeout = 30_000)
	TraceReplay replay;
	@InjectService(timeout = 30_000, filter = "(mshv.backend=emu)")
	Hypervisor hypervisor;
	@TempDir
	Path folder;
	private Path recorded;

	/** A guest that says 4 and 0 through a port and halts: recorded by the test client of mshv exec. */
	@BeforeEach
	void copy() throws Exception {
		try (InputStream in = ReplayTest.class.getResourceAsStream("guest.jsonl")) {
			recorded = Files.write(folder.resolve("guest.jsonl"), in.readAllBytes());
		}
	}

	private ReplayReport replay(Path trace, String... rules) throws Exception {
		int before = hypervisor.partitions().size();
		try {
			return replay.replay("emu", trace, List.of(rules), PATIENCE);
		} finally {
			assertEquals(before, hypervisor.partitions().size(), "it leaves nothing behind");
		}
	}

	/** @return a trace in which the first line that has {@code call} and matches is changed */
	private Path changed(String call, String pattern, String by) throws Exception {
		List<String> lines = new ArrayList<>(Files.readAllLines(recorded));
		for (int i = 0; i < lines.size(); i++) {
			String line = lines.get(i).replaceFirst(pattern, by);
			if (lines.get(i).contains(call) && !line.equals(lines.get(i))) {
				lines.set(i, line);
				return Files.write(folder.resolve("changed.jsonl"), lines);
			}
		}
		throw new AssertionError("nothing to change in " + lines);
	}

	private static void assertDiffers(String name, String field, String expected, String found, ReplayReport report) {
		Difference difference = report.difference().orElseThrow();
		assertEquals(List.of(name, field, expected, found), List.of(difference.name(), difference.field(), difference.expected(),
			difference.found()));
		assertEquals(report.calls(), difference.call());
	}

	@Test
	void theSameBackendDoesTheSame() throws Exception {
		ReplayReport report = replay(recorded);
		assertEquals(Optional.empty(), report.difference());
		assertEquals(18, report.calls());
		// All but those that close
		assertEquals(15, report.compared());
		assertEquals("", report.limit());
	}

	@Test
	void anotherValueInAMessageIsNamed() throws Exception {
		// RAX is at 64 of the message
		assertDiffers("RUN_VP", "IoPort.rax", "0x35", "0x34", replay(changed("\"RUN_VP\"", "(\"out\":\\[\\[\\d+,\".{128})34", "$135")));
	}

	@Test
	void anotherKindOfExitIsNamed() throws Exception {
		// The guest's first OUT becomes HLT
		assertDiffers("RUN_VP", "exit", "IoPort", "Halt", replay(changed("\"memory\"", "baf80300d80430ee", "baf80300d80430f4")));
	}

	@Test
	void aGuestThatGoesOnForEverIsStopped() throws Exception {
		Path loop = changed("\"memory\"", "baf80300d80430eeb0", "baf80300d80430ebfe");
		assertDiffers("RUN_VP", "result", "0", "no exit in 1 s", replay.replay("emu", loop, List.of(), Duration.ofSeconds(1)));
	}

	@Test
	void anotherResultIsNamed() throws Exception {
		assertDiffers("ROOT_HVCALL SET_VP_REGISTERS", "result", "-22 (EINVAL)", "0",
			replay(changed("\"SET_VP_REGISTERS\"", "\"result\":0", "\"result\":-22")));
	}

	@Test
	void whatARuleRefusesIsADifference() throws Exception {
		assertDiffers("ROOT_HVCALL SET_VP_REGISTERS", "status", "0 (SUCCESS)", "5 (INVALID_PARAMETER)",
			replay(recorded, "SET_VP_REGISTERS@2=status:INVALID_PARAMETER"));
		assertDiffers("GET_VP_STATE", "result", "0", "-5 (EIO)", replay(recorded, "GET_VP_STATE=EIO"));
	}

	@Test
	void withoutGuestMemoryNoGuestRuns() throws Exception {
		ReplayReport report = replay(changed("mshvTrace", "\"memory\":true", "\"memory\":false"));
		assertEquals(Optional.empty(), report.difference());
		assertEquals(3, report.notMade());
		assertTrue(report.resultsOnly() > 0);
		assertEquals("the trace has no guest memory (--trace-memory): from call 8 on guests do not run", report.limit());
	}

	@Test
	void whatTheDriverHasNotSeenIsNotMade() throws Exception {
		ReplayReport report = replay(changed("\"GET_VP_STATE\"", "\"result\":0", "\"made\":false,\"result\":-16"));
		assertEquals(Optional.empty(), report.difference());
		assertEquals(1, report.notMade());
	}

	@Test
	void whatIsNoWholeTraceIsRefused() throws Exception {
		String text = Files.readString(recorded, StandardCharsets.UTF_8);
		Path cut = Files.writeString(folder.resolve("cut.jsonl"), text.substring(0, text.length() - 10));
		assertTrue(assertThrows(TraceException.class, () -> replay(cut)).truncated());
		assertEquals("call 2 is made on object 77, which no earlier call has made",
			assertThrows(TraceException.class, () -> replay(changed("\"number\":2,", "\"object\":1", "\"object\":77"))).getMessage());
		Path far = changed("\"memory\"", "\"memory\":\\[\\[\\d+", "\"memory\":[[9000000000000000000");
		assertTrue(assertThrows(TraceException.class, () -> replay(far)).getMessage().contains("where a program can have none"));
	}
}
