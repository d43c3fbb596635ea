package mshv.shell.status;

/**
 * How a command ended that is more than its output: a status for the process that was started for it, and words for whoever sits at an
 * interactive shell.
 *
 * @param status 0 to 255
 * @param text one line, empty if there is nothing to say
 */
public record CommandResult(int status, String text) {
	/** @param text says of what the status tells */
	public static CommandResult of(ExitStatus status, String text) {
		return new CommandResult(status.code(), text);
	}
}
