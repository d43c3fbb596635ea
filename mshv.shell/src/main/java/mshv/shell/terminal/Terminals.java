package mshv.shell.terminal;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Process;

/** Finds the terminal of a session. All of it is for the thread of a command. */
public final class Terminals {
	/** Where the JLine console keeps its terminal. */
	private static final String CONSOLE_TERMINAL = ".terminal";

	private Terminals() {}

	/** @return the console's terminal, else the streams of the process as the session has them */
	public static HostTerminal of(CommandSession session) {
		Object terminal = session.get(CONSOLE_TERMINAL);
		return terminal != null ? console(terminal) : StreamTerminal.of(session.getKeyboard(), System.out, errors(session));
	}

	/** @return the output of the present command, without any input and without a terminal's powers */
	public static HostTerminal ofOutput(CommandSession session) {
		return new StreamTerminal(InputStream.nullInputStream(), System.out, errors(session), Optional.empty());
	}

	/** Has the interrupt key of a console's terminal end the session's command. @return undoes that */
	public static AutoCloseable onInterrupt(CommandSession session) {
		Object terminal = session.get(CONSOLE_TERMINAL);
		return terminal == null ? () -> {
		} : console(terminal).onInterrupt(() -> {
			Job job = session.foregroundJob();
			if (job != null) {
				job.interrupt();
			}
		});
	}

	/** Gogo's own System.err knows the command by its thread; messages come from other threads too. */
	private static PrintStream errors(CommandSession session) {
		Process process = Process.Utils.current();
		return process != null ? process.err() : session.getConsole();
	}

	/** Apart, so that nothing of JLine is looked for where it is not. */
	private static JLineTerminal console(Object terminal) {
		return new JLineTerminal((org.jline.terminal.Terminal) terminal);
	}
}
