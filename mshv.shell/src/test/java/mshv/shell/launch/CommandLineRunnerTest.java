package mshv.shell.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;

/** Command lines through Gogo's own processor. */
class CommandLineRunnerTest {
	private final ThreadIOImpl threadIo = new ThreadIOImpl();
	private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
	private final ByteArrayOutputStream out = new ByteArrayOutputStream();
	private final ByteArrayOutputStream err = new ByteArrayOutputStream();

	/** What a shell bundle might offer. */
	public static final class Commands {
		public int status(int status) {
			return status;
		}

		public void quiet() {
		}

		public String echo(String word) {
			return word;
		}

		public String fail(String message) throws IOException {
			throw new IOException(message);
		}

		public String refuse() throws CommandException {
			throw new CommandException(ExitStatus.NOT_A_KERNEL, "x: not a kernel");
		}

		public CommandResult ended(int status) {
			return new CommandResult(status, "vm1: ended");
		}

		public boolean batch(CommandSession session) {
			return session.get("mshv.batch") != null;
		}

		public String nameless() {
			throw new UnsupportedOperationException();
		}

		public int read(CommandSession session) throws IOException {
			InputStream keyboard = session.getKeyboard();
			return keyboard.read();
		}
	}

	@BeforeEach
	void offerCommands() {
		threadIo.start();
		for (String function : List.of("status", "quiet", "echo", "fail", "nameless", "read", "refuse", "ended", "batch")) {
			processor.addCommand("mshv", new Commands(), function);
		}
	}

	@AfterEach
	void giveStreamsBack() {
		processor.stop();
		threadIo.stop();
	}

	@Test
	void anIntegerIsTheStatusAndIsNotPrinted() {
		assertEquals(7, run("mshv:status 7", false));
		assertEquals("", out.toString());
	}

	@Test
	void aFailureNeverBecomesASuccessByLosingHighBits() {
		assertEquals(1, run("mshv:status 256", false));
		assertEquals(255, run("mshv:status '-1'", false));
	}

	@Test
	void noResultIsSuccess() {
		assertEquals(0, run("mshv:quiet", false));
		assertEquals("", out.toString());
	}

	@Test
	void anotherResultIsPrinted() {
		assertEquals(0, run("mshv:echo hello", false));
		assertEquals("hello", out.toString().strip());
	}

	@Test
	void theLastOfSeveralCommandsGivesTheStatus() {
		assertEquals(3, run("mshv:quiet; mshv:status 3", false));
	}

	@Test
	void nothingRunsAfterAFailedCommand() {
		assertEquals(1, run("mshv:fail early; mshv:status 0", false));
		assertEquals("mshv: early\n", err.toString());
	}

	@Test
	void anExceptionIsOneLineOnStandardError() {
		assertEquals(1, run("mshv:fail \"no such file\n\t/x\"", false));
		assertEquals("mshv: no such file /x\n", err.toString());
		assertEquals("", out.toString());
	}

	@Test
	void aRefusalHasItsOwnStatus() {
		assertEquals(ExitStatus.NOT_A_KERNEL.code(), run("mshv:refuse", false));
		assertEquals("mshv: x: not a kernel\n", err.toString());
	}

	@Test
	void aResultIsSilentIfAllIsWell() {
		assertEquals(0, run("mshv:ended 0", false));
		assertEquals("", err.toString());
		assertEquals(8, run("mshv:ended 8", false));
		assertEquals("mshv: vm1: ended\n", err.toString());
		assertEquals("", out.toString());
	}

	@Test
	void argumentsThatFitNoMethodAreWrongUsage() {
		assertEquals(ExitStatus.USAGE.code(), run("mshv:status one", false));
		assertEquals("mshv: status: these arguments do not fit, or an option lacks its value (see 'help status')\n", err.toString());
	}

	@Test
	void commandsKnowThatThereIsNoShell() {
		run("mshv:batch", false);
		assertEquals("true", out.toString().strip());
	}

	@Test
	void anExceptionWithoutWordsIsNamed() {
		assertEquals(1, run("mshv:nameless", false));
		assertEquals("mshv: UnsupportedOperationException\n", err.toString());
	}

	@Test
	void anUnknownCommandIsWrongUsage() {
		assertEquals(ExitStatus.USAGE.code(), run("mshv:nosuch", false));
		assertEquals("mshv: no command 'nosuch' (see 'help')\n", err.toString());
	}

	@Test
	void aSyntaxErrorFails() {
		assertEquals(1, run("mshv:echo (", false));
		assertTrue(err.toString().startsWith("mshv: "), err::toString);
	}

	@Test
	void theStackTraceIsShownOnRequestOnly() {
		run("mshv:fail x", false);
		assertFalse(err.toString().contains("\tat "));
		run("mshv:fail x", true);
		assertTrue(err.toString().contains("\tat "), err::toString);
	}

	@Test
	void aCommandReadsTheInputByteByByte() {
		assertEquals('k', run("mshv:read", false));
	}

	private int run(String command, boolean debug) {
		return new CommandLineRunner(processor, command, debug, new ByteArrayInputStream("key".getBytes()), out, err).call();
	}
}
