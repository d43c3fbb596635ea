package mshv.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.conformance.ConformanceReport;
import mshv.api.conformance.ConformanceSuite;
import mshv.api.conformance.Cost;
import mshv.api.conformance.CostMeasurement;
import mshv.api.conformance.RandomOperations;
import mshv.api.conformance.RandomReport;
import mshv.api.conformance.RuleResult.Outcome;
import mshv.api.conformance.RuleResult;
import mshv.shell.fake.ScriptedHypervisor;
import mshv.shell.help.CommandDescription;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;

/** Commands that check a backend, on a suite that finds what it is told to find. */
@Timeout(60)
class ConformanceCommandsTest {
	private final ThreadIOImpl threadIo = new ThreadIOImpl();
	private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
	private final ByteArrayOutputStream out = new ByteArrayOutputStream();
	private final ByteArrayOutputStream err = new ByteArrayOutputStream();
	private final CommandSession session = processor.createSession(new ByteArrayInputStream(new byte[0]), out, err);
	private Outcome outcome = Outcome.PASSED;
	private List<String> faults = List.of();
	private String asked;

	private final ConformanceSuite suite = new ConformanceSuite() {
		@Override
		public boolean hasSection(String section) {
			return section.equals("5");
		}

		@Override
		public ConformanceReport run(String backend, String section, Consumer<RuleResult> progress) {
			asked = backend + " " + section;
			return new ConformanceReport(backend, List.of(new RuleResult("5.1", "memory", "a rule", "Test.test", outcome, "")));
		}
	};
	private final RandomOperations operations = (String backend, RandomOperations.Target target, long count, long seed, int threads,
			LongConsumer progress) -> {
		asked = backend + " " + target + " " + count + " " + seed + " " + threads;
		return new RandomReport(count, 0, true, faults);
	};
	private final CostMeasurement costs = (_, rounds, _) -> List.of(new Cost("an operation", 1, rounds, 3));

	@BeforeEach
	void prepare() {
		threadIo.start();
		session.put("SCOPE", "mshv:*");
		offer(new ConformanceCommands(suite, operations, costs, List.of(new ScriptedHypervisor("auto"), new ScriptedHypervisor("fake"))));
	}

	private void offer(ConformanceCommands commands) {
		CommandDescription.of(List.of(ConformanceCommands.class)).forEach(command -> {
			processor.removeCommand("mshv", command.name());
			processor.addCommand("mshv", commands, command.name());
		});
	}

	@AfterEach
	void end() {
		session.close();
		processor.stop();
		threadIo.stop();
	}

	private CommandResult status(String command) throws Exception {
		return (CommandResult) session.execute(command);
	}

	private String printed() {
		session.getConsole().flush();
		return out.toString();
	}

	@Test
	void conformanceChecksABackendThatIsNoMereHandle() throws Exception {
		assertEquals(0, status("conformance").status());
		assertEquals("fake ", asked);
		assertTrue(printed().contains("5.1"), this::printed);
	}

	@Test
	void conformanceTakesABackendAndASection() throws Exception {
		assertEquals(0, status("conformance --backend auto --section 5 --rules").status());
		assertEquals("auto 5", asked);
		assertTrue(printed().contains("a rule"), this::printed);
	}

	@Test
	void aRuleThatDoesNotHoldIsAStatusOfItsOwn() throws Exception {
		outcome = Outcome.FAILED;
		assertEquals(ExitStatus.NOT_CONFORMING.code(), status("conformance").status());
	}

	@Test
	void wrongBackendsSectionsAndTargetsAreComplaints() {
		for (String command : List.of("conformance -b nosuch", "conformance -s 99", "fuzz -o nosuch", "fuzz -c 0", "costs -r 0")) {
			assertThrows(CommandException.class, () -> session.execute(command), command);
		}
	}

	@Test
	void fuzzTellsItsSeedAndTakesOne() throws Exception {
		assertEquals(0, status("fuzz --only api --count 5 --seed 77 --threads 2").status());
		assertEquals("fake API 5 77 2", asked);
		assertTrue(err.toString().contains("seed 77"), err::toString);
	}

	@Test
	void faultsOfRandomOperationsSayHowToHaveThemAgain() throws Exception {
		faults = List.of("a fault");
		CommandResult result = status("fuzz --only guest --seed 77");
		assertEquals(ExitStatus.NOT_CONFORMING.code(), result.status());
		assertTrue(result.text().contains("--seed 77"), result::text);
		assertTrue(err.toString().contains("a fault"), err::toString);
	}

	@Test
	void costsAreATable() throws Exception {
		String table = (String) session.execute("costs --rounds 2");
		assertTrue(table.contains("an operation"), table);
	}

	@Test
	void withoutTheSuiteThereIsAComplaint() {
		offer(new ConformanceCommands(null, null, null, List.of()));
		assertThrows(CommandException.class, () -> session.execute("conformance"));
	}
}
