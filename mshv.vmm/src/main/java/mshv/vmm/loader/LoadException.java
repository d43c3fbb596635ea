package mshv.vmm.loader;

/** A kernel cannot be loaded. The message is one line that names the value and what was expected. */
public final class LoadException extends Exception {
	private static final long serialVersionUID = 1;

	/** What is at fault. */
	public enum Reason {
		/** The image itself: damaged, or of a kind that cannot be booted. */
		IMAGE,
		/** The image ends before what it announces. */
		TRUNCATED,
		/** The kernel's boot protocol, which is older than the one that is spoken here. */
		PROTOCOL,
		/** The memory, which does not hold what must be in it. */
		MEMORY,
		/** The command line. */
		COMMAND_LINE,
		/** What the machine was asked to hand over, besides. */
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

	static LoadException truncated(String format, Object... arguments) {
		return new LoadException(Reason.TRUNCATED, format.formatted(arguments));
	}

	static LoadException protocol(String format, Object... arguments) {
		return new LoadException(Reason.PROTOCOL, format.formatted(arguments));
	}

	static LoadException memory(String format, Object... arguments) {
		return new LoadException(Reason.MEMORY, format.formatted(arguments));
	}

	static LoadException commandLine(String format, Object... arguments) {
		return new LoadException(Reason.COMMAND_LINE, format.formatted(arguments));
	}

	static LoadException machine(String format, Object... arguments) {
		return new LoadException(Reason.MACHINE, format.formatted(arguments));
	}

	/** @return what is at fault */
	public Reason reason() {
		return reason;
	}
}
