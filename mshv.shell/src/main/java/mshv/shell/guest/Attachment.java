package mshv.shell.guest;

import java.io.IOException;

import mshv.shell.status.CommandException;
import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.RawMode;

/**
 * A terminal on a guest's console, served by the caller's thread: output at the end of each line and when the guest pauses, input between.
 */
public final class Attachment {
	/** The key that leaves a guest: Ctrl-]. */
	public static final int ESCAPE_KEY = 0x1D;

	/** Why the terminal is on the console no longer. */
	public enum End {
		/** The guest has ended; all it wrote has been shown. */
		GUEST_ENDED,
		/** The user pressed {@link #ESCAPE_KEY}. */
		ESCAPED,
		/** The time was up. */
		TIMED_OUT
	}

	/** A guest that pauses within a line has it shown after this long; also how late a key may be read. */
	private static final int IDLE_MILLIS = 10;

	private final Guest guest;
	private final HostTerminal terminal;
	/** A key that the guest had no room for. */
	private int pending = HostTerminal.NOTHING;

	private Attachment(Guest guest, HostTerminal terminal) {
		this.guest = guest;
		this.terminal = terminal;
	}

	/** Puts a terminal on a guest's console until the guest ends, the user leaves or the time is up.
	 * @param deadline as of {@link System#nanoTime}
	 * @throws CommandException if another terminal is on the console
	 * @throws IOException if the terminal fails: the guest goes on */
	public static End attach(Guest guest, HostTerminal terminal, long deadline) throws CommandException, IOException, InterruptedException {
		if (!guest.console().attach()) {
			throw guest.wrongState("has another terminal on its console");
		}
		try (RawMode _ = terminal.raw()) {
			return new Attachment(guest, terminal).run(deadline);
		} finally {
			guest.console().detach();
		}
	}

	private End run(long deadline) throws IOException, InterruptedException {
		while (true) {
			// Asked before the output is taken: after the end nothing is added
			boolean ended = guest.hasEnded();
			byte[] bytes = guest.console().take(IDLE_MILLIS);
			if (bytes.length > 0) {
				terminal.output().write(bytes);
				terminal.output().flush();
			} else if (ended) {
				return End.GUEST_ENDED;
			}
			if (!typeAll()) {
				return End.ESCAPED;
			}
			if (deadline - System.nanoTime() <= 0) {
				return End.TIMED_OUT;
			}
		}
	}

	/** @return false if the escape key was among what there is to read */
	private boolean typeAll() throws IOException {
		while (true) {
			if (pending == HostTerminal.NOTHING) {
				pending = terminal.poll();
			}
			if (pending == ESCAPE_KEY && terminal.isInteractive()) {
				return false;
			}
			// A guest that does not read leaves the rest where it is
			if (pending == HostTerminal.NOTHING || !guest.type(pending)) {
				return true;
			}
			pending = HostTerminal.NOTHING;
		}
	}
}
