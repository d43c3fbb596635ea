package mshv.shell.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.shell.help.CommandDescription;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;

/** Sessions as Gogo's shells make them. */
@Timeout(60)
class SessionTest {
	private final ThreadIOImpl threadIo = new ThreadIOImpl();
	private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
	private final ByteArrayOutputStream out = new ByteArrayOutputStream();
	private final CommandSession session = processor.createSession(new ByteArrayInputStream(new byte[0]), out, out);
	private final List<String> completed = new ArrayList<>();

	/** Stand for what a shell and our bundle offer. */
	public final class Functions {
		public void complete(String[] arguments) {
			completed.add(String.join(" ", arguments));
		}

		public CommandResult demo() {
			return CommandResult.of(ExitStatus.RESET, "vm1: reset");
		}

		public void leave() {
		}

		public void refuse() throws CommandException {
			throw new CommandException(ExitStatus.NO_FILE, "x: no such file");
		}
	}

	@BeforeEach
	void start() {
		threadIo.start();
		for (String function : List.of("complete", "demo", "leave", "refuse")) {
			processor.addCommand("mshv", new Functions(), function);
		}
	}

	@AfterEach
	void stop() {
		session.close();
		processor.stop();
		threadIo.stop();
	}

	private void pretendToBeTheConsole() {
		session.put(".reader", new Object());
		session.put(".completions", new HashMap<>());
	}

	/** Runs the shell's profile with a command for the console. @return the command's component */
	private InitialCommand open(String command) throws Exception {
		InitialCommand initial = new InitialCommand(command, false, null);
		processor.addListener(new SessionSetup(initial));
		session.execute("SCOPE = 'gogo:*'");
		return initial;
	}

	@Test
	void ourCommandsAreFoundWithoutTheirScope() throws Exception {
		open(null);
		assertEquals("mshv:gogo:*", session.get("SCOPE"));
		assertNull(session.get("prompt"));
		assertEquals(List.of(), completed);
	}

	@Test
	void aBatchIsLeftAlone() throws Exception {
		session.put("SCOPE", "mshv:felix:gogo:*");
		processor.addListener(new SessionSetup(new InitialCommand("demo", false, null)));
		session.execute("leave");
		assertEquals("mshv:felix:gogo:*", session.get("SCOPE"));
	}

	@Test
	void theConsoleCompletesEveryCommand() throws Exception {
		pretendToBeTheConsole();
		open(null);
		assertEquals("mshv> ", session.get("prompt"));
		for (CommandDescription command : CommandDescription.of(Commands.CLASSES)) {
			assertTrue(completed.contains("-c mshv:" + command.name() + " -d " + command.summary()), command::name);
		}
	}

	@Test
	void aCommandThatEndsWithoutAResultLeavesTheSessionToTheUser() throws Exception {
		pretendToBeTheConsole();
		InitialCommand initial = open("leave");
		initial.deactivate();
		assertEquals(0, initial.call());
	}

	@Test
	void aResultIsTheStatusOfTheProcessAndThereIsNoPrompt() throws Exception {
		assertEquals(ExitStatus.RESET.code(), endOf("demo"));
		assertTrue(out.toString().contains("vm1: reset"), out::toString);
	}

	@Test
	void aRefusalIsALineAndItsStatus() throws Exception {
		assertEquals(ExitStatus.NO_FILE.code(), endOf("refuse"));
		assertTrue(out.toString().contains("mshv: x: no such file"), out::toString);
		assertFalse(out.toString().contains("\tat "), out::toString);
	}

	private int endOf(String command) throws Exception {
		pretendToBeTheConsole();
		InitialCommand initial = new InitialCommand(command, false, null);
		processor.addListener(new SessionSetup(initial));
		CountDownLatch prompt = new CountDownLatch(1);
		Thread shell = Thread.ofPlatform().start(() -> {
			try {
				session.execute("SCOPE = 'gogo:*'");
			} catch (Exception e) {
				throw new AssertionError(e);
			}
			prompt.countDown();
		});
		int status = initial.call();
		assertFalse(prompt.await(50, TimeUnit.MILLISECONDS));
		// As the shell is told when the framework stops
		shell.interrupt();
		shell.join();
		return status;
	}

	@Test
	void resultsAreShownInWords() {
		ResultConverter converter = new ResultConverter();
		assertEquals("vm1: reset", converter.format(CommandResult.of(ExitStatus.RESET, "vm1: reset"), 0, null));
		assertNull(converter.format("other", 0, null));
	}

	@Test
	void helpListsAllAndExplainsOne() throws CommandException {
		HelpCommands help = new HelpCommands(() -> Commands.CLASSES);
		assertTrue(help.help().contains("demo"));
		assertTrue(help.help("boot").startsWith("usage: boot [OPTION...]"));
		assertTrue(help.help("mshv:run").contains("FILE"));
	}
}
