package mshv.shell;

import java.io.IOException;

import org.apache.felix.service.command.CommandSession;

import mshv.shell.guest.Attachment;
import mshv.shell.guest.Endings;
import mshv.shell.guest.Guest;
import mshv.shell.guest.Guests;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;
import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.RawMode;

/** A guest's console on a session's terminal, with the escape key's way out. */
final class Foreground {
	/** Set by who runs one command line only: there is no shell to go to. */
	private static final String BATCH = "mshv.batch";

	private final Guests guests;
	private final boolean batch;
	private final HostTerminal terminal;

	Foreground(Guests guests, CommandSession session, HostTerminal terminal) {
		this.guests = guests;
		this.batch = session.get(BATCH) != null;
		this.terminal = terminal;
	}

	/** Stays with a guest until it ends, the time is up or the user leaves. A guest that has ended or overstayed is removed.
	 * @param deadline as of {@link System#nanoTime}
	 * @return how it ended, null if the user went to the shell and the guest goes on */
	CommandResult stay(Guest guest, long deadline) throws CommandException, IOException, InterruptedException {
		if (terminal.isInteractive()) {
			terminal.message("[" + guest.id() + ": Ctrl-] leaves " + (batch ? "the guest]" : "to the shell, 'attach " + guest.id()
				+ "' comes back]"));
		}
		while (true) {
			switch (Attachment.attach(guest, terminal, deadline)) {
				case GUEST_ENDED -> {
					guests.remove(guest);
					return Endings.result(guest);
				}
				case TIMED_OUT -> {
					guests.remove(guest);
					return Endings.timeout(guest);
				}
				case ESCAPED -> {
					if (!batch) {
						terminal.message("\n[" + guest.id() + " goes on: 'attach " + guest.id() + "' comes back, 'destroy " + guest.id()
							+ "' ends it]");
						return null;
					}
					if (quits(guest)) {
						guests.remove(guest);
						return CommandResult.of(ExitStatus.QUIT, guest.id() + ": " + ExitStatus.QUIT.meaning());
					}
				}
			}
		}
	}

	/** Without a shell the escape key asks. */
	private boolean quits(Guest guest) throws IOException, InterruptedException {
		terminal.message("\n[q stops " + guest.id() + ", Ctrl-] sends Ctrl-], any other key goes on]");
		try (RawMode _ = terminal.raw()) {
			int key = terminal.poll();
			while (key == HostTerminal.NOTHING && !guest.hasEnded()) {
				Thread.sleep(10);
				key = terminal.poll();
			}
			if (key == Attachment.ESCAPE_KEY) {
				guest.type(key);
			}
			return key == 'q';
		}
	}
}
