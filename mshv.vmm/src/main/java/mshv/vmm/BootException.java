package mshv.vmm;

import java.util.Objects;

/** A machine cannot be made from its configuration. The message is one line that names the value and what was expected. */
public final class BootException extends Exception {
	private static final long serialVersionUID = 1;

	/** What is at fault; a launcher maps it to an exit status. */
	public enum Category {
		/** A file cannot be read. */
		FILE,
		/** A kernel image is damaged or of a kind that cannot be booted. */
		IMAGE,
		/** A kernel image ends before what it announces. */
		TRUNCATED,
		/** A kernel's boot protocol is older than the one that is spoken here. */
		PROTOCOL,
		/** The memory is too small, or too large. */
		MEMORY,
		/** The memory is not a multiple of a page. */
		MEMORY_ALIGNMENT,
		/** The command line is too long for the kernel. */
		COMMAND_LINE,
		/** There cannot be as many processors. */
		PROCESSORS,
		/** The configuration: a value is out of range, or something does not fit into the machine. */
		CONFIGURATION,
		/** The hypervisor or the host refused something. */
		HYPERVISOR
	}

	/** What is at fault. */
	private final Category category;

	/** @param category what is at fault @param message one line */
	public BootException(Category category, String message) {
		this(category, message, null);
	}

	/** @param category what is at fault @param message one line @param cause what was caught, or null */
	public BootException(Category category, String message, Throwable cause) {
		super(message, cause);
		this.category = Objects.requireNonNull(category, "category");
	}

	/** @return what is at fault */
	public Category category() {
		return category;
	}
}
