package mshv.gateway.trace;

/** A file is no trace, or not a whole one. */
public final class TraceFormatException extends Exception {
	private static final long serialVersionUID = 1;

	/** Whether the file just ends too early. */
	private final boolean truncated;

	/** @param message which line, and what is wrong with it */
	TraceFormatException(String message, boolean truncated) {
		super(message);
		this.truncated = truncated;
	}

	/** @return whether the file just ends too early */
	public boolean truncated() {
		return truncated;
	}
}
