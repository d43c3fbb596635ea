package mshv.shell.status;

/** A command failed for a reason that its user can do something about: one line of text and the status of the process. */
public final class CommandException extends Exception {
	private static final long serialVersionUID = 1;

	/** How the process ends if this was its command. */
	private final ExitStatus status;

	/** @param status how the process ends
	 * @param message one line: what is wrong with what, naming the value */
	public CommandException(ExitStatus status, String message) {
		super(message);
		this.status = status;
	}

	/** @param cause shown with {@code --debug} only */
	public CommandException(ExitStatus status, String message, Throwable cause) {
		super(message, cause);
		this.status = status;
	}

	/** @return a complaint about options or arguments */
	public static CommandException usage(String message) {
		return new CommandException(ExitStatus.USAGE, message);
	}

	/** What Gogo's shells show. @return the line alone */
	@Override
	public String toString() {
		return getMessage();
	}

	/** @return how the process ends */
	public ExitStatus status() {
		return status;
	}
}
