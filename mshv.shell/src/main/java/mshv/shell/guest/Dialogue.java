package mshv.shell.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import mshv.shell.status.CommandException;

/** A program in the place of a person before a guest's console: waits for texts and types answers. One thread. */
public final class Dialogue implements AutoCloseable {
	private static final int IDLE_MILLIS = 10;

	private final Guest guest;
	private final OutputStream copy;
	private final long deadline;
	private final StringBuilder printed = new StringBuilder();
	private int searched;

	/** @param copy gets all that the guest prints @param deadline as of {@link System#nanoTime}
	 * @throws CommandException if a terminal is on the console */
	public Dialogue(Guest guest, OutputStream copy, long deadline) throws CommandException {
		if (!guest.console().attach()) {
			throw guest.wrongState("has another terminal on its console");
		}
		this.guest = guest;
		this.copy = copy;
		this.deadline = deadline;
	}

	/** Waits until the guest prints a text, after what was waited for before.
	 * @return false if it ended without, or the time was up */
	public boolean await(String text) throws IOException, InterruptedException {
		while (true) {
			int found = printed.indexOf(text, searched);
			if (found >= 0) {
				searched = found + text.length();
				return true;
			}
			if (!more()) {
				return false;
			}
		}
	}

	/** Reads the rest of the line after what was waited for.
	 * @return the text without the line's end, less if the guest ended or the time was up before */
	public String line() throws IOException, InterruptedException {
		int start = searched;
		boolean whole = await("\n");
		return printed.substring(start, whole ? searched - 1 : printed.length()).strip();
	}

	/** Takes what the guest prints for some time. */
	public void listen(Duration time) throws IOException, InterruptedException {
		long end = System.nanoTime() + time.toNanos();
		while (end - System.nanoTime() > 0 && more()) {
			// What is printed on the way is copied
		}
	}

	/** @return all that the guest has printed so far */
	public String printed() {
		return printed.toString();
	}

	/** Waits until the guest has ended. @return false if the time was up before */
	public boolean awaitEnd() throws IOException, InterruptedException {
		while (more()) {
			// What is printed on the way is copied
		}
		return guest.hasEnded();
	}

	/** @return false if there will be no more, or not in time */
	private boolean more() throws IOException, InterruptedException {
		boolean ended = guest.hasEnded();
		byte[] bytes = guest.console().take(IDLE_MILLIS);
		copy.write(bytes);
		copy.flush();
		printed.append(new String(bytes, StandardCharsets.ISO_8859_1));
		return bytes.length > 0 || !ended && deadline - System.nanoTime() > 0;
	}

	/** Types a text. @param text ASCII @return false if the guest did not take all of it in time */
	public boolean type(String text) throws IOException, InterruptedException {
		for (byte key : text.getBytes(StandardCharsets.US_ASCII)) {
			while (!guest.type(key)) {
				if (!more()) {
					return false;
				}
			}
		}
		return true;
	}

	/** Leaves the console. */
	@Override
	public void close() {
		guest.console().detach();
	}
}
