package mshv.api.replay;

/** A file is no trace, or not a whole one. */
public final class TraceException extends Exception {
	private static final long serialVersionUID = 1;

	/** Whether the file just ends too early. */
	private final boolean truncated;

	/** @param message one line: where, and what is wrong @param truncated whether the file just ends too early */
	public TraceException(String message, boolean truncated) {
		super(message);
		this.truncated = truncated;
	}

	/** @return whether the file just ends too early */
	public boolean truncated() {
		return truncated;
	}
}
