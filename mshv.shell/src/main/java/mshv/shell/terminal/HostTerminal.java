package mshv.shell.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** The standard streams of a command: a terminal with a person before it, or pipes and files. One thread at a time. */
public interface HostTerminal {
	/** What {@link #poll} returns if there is nothing to read now. */
	int NOTHING = -1;

	/** How large a terminal is. @param lines height @param columns width, both more than 0 */
	record Extent(int lines, int columns) {}

	/** @return true if a person types: raw mode and an escape key make sense */
	boolean isInteractive();

	/** Reads without waiting. @return the next byte, 0 to 255, or {@link #NOTHING} */
	int poll() throws IOException;

	/** @return height and width in characters, empty if there is no telling */
	Optional<Extent> extent();

	/** @return takes the guest's bytes as they are; to be flushed by the caller */
	OutputStream output();

	/** Shows a line of ours, apart from what the guest writes: on standard error if there is no terminal. Any thread.
	 * @param line without a line end */
	void message(String line);

	/** Has every key reach {@link #poll} at once, without echo and without signals. No effect if this is not interactive.
	 * @return ends it */
	RawMode raw() throws IOException;
}
