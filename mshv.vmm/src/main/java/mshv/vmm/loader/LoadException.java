package mshv.vmm.loader;

/** A kernel cannot be loaded. The message is one line that names the value and what was expected. */
public final class LoadException extends Exception {
	private static final long serialVersionUID = 1;

	/** What is at fault. */
	public enum Reason {
		/** The image itself. */
		IMAGE,
		/** The machine, which is too small for the image or its command line. */
		MACHINE
	}

	/** What is at fault. */
	private final Reason reason;

	private LoadException(Reason reason, String message) {
		super(message);
		this.reason = reason;
	}

	static LoadException image(String format, Object... arguments) {
		return new LoadException(Reason.IMAGE, format.formatted(arguments));
	}

	static LoadException machine(String format, Object... arguments) {
		return new LoadException(Reason.MACHINE, format.formatted(arguments));
	}

	/** @return what is at fault */
	public Reason reason() {
		return reason;
	}
}
