package mshv.tck;

/** The sections of the contract that the suite checks. Where they are from is in {@code docs/conformance.md}. */
public enum Section {
	/** Creation of partitions. */
	CREATE_PARTITION("1.1", "creating partitions"),
	/** Calls of a partition. */
	PARTITION_CALLS("1.2", "calls of a partition"),
	/** Calls of a processor. */
	PROCESSOR_CALLS("1.3", "calls and state of a processor"),
	/** The pages that a processor shares with its user. */
	SHARED_PAGES("2", "register and intercept pages"),
	/** Control words, pages and repetitions of hypercalls. */
	HYPERCALLS("3.1", "hypercalls"),
	/** Hypercalls that the driver hands through. */
	PASS_THROUGH("3.4", "hypercalls handed through"),
	/** Life of partitions. */
	LIFE_CYCLE("4", "life of a partition"),
	/** Properties of partitions. */
	PROPERTIES("4.1", "properties"),
	/** Mapping of guest memory. */
	MEMORY("5.1", "guest memory"),
	/** Regions that fault in. */
	MOVABLE_MEMORY("5.3", "memory that faults in"),
	/** Accessed and dirty pages. */
	PAGE_ACCESS("5.4", "accessed and dirty pages"),
	/** Running and interrupting a processor. */
	RUN("6", "running a processor"),
	/** Registers. */
	REGISTERS("6.4", "registers"),
	/** Intercept messages. */
	INTERCEPTS("7", "intercepts"),
	/** The SynIC. */
	SYNIC("8", "SynIC"),
	/** Events that assert interrupts. */
	IRQFD("9.2", "interrupts by event"),
	/** Routes of interrupts. */
	ROUTING("9.6", "interrupt routes"),
	/** Level-triggered interrupts. */
	RESAMPLE("9.7", "ends of interrupts"),
	/** Writes that signal events. */
	IOEVENTFD("9.8", "doorbells"),
	/** What the review of the driver taught. */
	LESSONS("11", "review lessons"),
	/** The hypervisor as its guests see it. */
	GUEST_INTERFACE("guest", "interface of the guest"),
	/** The processor as its guests see it. */
	PROCESSOR("x86", "processor and local APIC"),
	/** Tests that say nothing about where their rule is from. */
	OTHER("other", "other rules");

	private final String number;
	private final String title;

	Section(String number, String title) {
		this.number = number;
		this.title = title;
	}

	/** @return number in the contract, or a word for what the contract leaves to other books */
	public String number() {
		return number;
	}

	/** @return a few words */
	public String title() {
		return title;
	}

	/** @param prefix a number @return true if this section has that number, or is below it */
	public boolean isIn(String prefix) {
		return number.equals(prefix) || number.startsWith(prefix + ".");
	}
}
