package mshv.api.driver;

import mshv.api.HvStatus;

/** A repetition call failed after some of its repetitions were done. */
public final class RepException extends RuntimeException {
	private static final long serialVersionUID = 1;

	/** Why the next repetition failed. */
	private final HvStatus status;
	/** Repetitions that are done. */
	private final int completed;

	/** @param completed repetitions that are done */
	public RepException(String message, HvStatus status, int completed) {
		super(message + " (" + status + " after " + completed + ")");
		this.status = status;
		this.completed = completed;
	}

	/** @return why the next repetition failed */
	public HvStatus status() {
		return status;
	}

	/** @return how many repetitions are done */
	public int completed() {
		return completed;
	}
}
