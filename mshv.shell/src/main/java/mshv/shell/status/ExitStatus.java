package mshv.shell.status;

/**
 * Exit statuses of the commands that run a guest. All are even, because what a guest writes to the exit port of {@code run} always ends
 * in an odd one; 1 is any other command's failure.
 */
public enum ExitStatus {
	/** The guest turned its machine off. */
	POWER_OFF(0, "the guest turned its machine off"),
	/** The guest's kernel panicked. */
	PANIC(2, "the guest's kernel panicked"),
	/** The guest caused a triple fault. */
	TRIPLE_FAULT(4, "the guest caused a triple fault"),
	/** The time given by {@code --timeout} was up. */
	TIMEOUT(6, "the time given by --timeout was up"),
	/** The guest reset its machine, without a panic. */
	RESET(8, "the guest reset its machine"),
	/** The guest halted with interrupts disabled. */
	HALTED(10, "the guest halted for good"),
	/** The user left and stopped the guest. */
	QUIT(12, "stopped by the user"),
	/** Wrong options or arguments. */
	USAGE(64, "wrong options or arguments"),
	/** A file cannot be read. */
	NO_FILE(66, "a file is not there or cannot be read"),
	/** The file is no kernel or image that can be booted. */
	NOT_A_KERNEL(68, "the file is no kernel or image of a known format"),
	/** The hypervisor or the host refused something, or the program is at fault. */
	INTERNAL(70, "the hypervisor or the host refused something"),
	/** The file ends before what its header announces. */
	TRUNCATED(72, "the file is truncated"),
	/** The kernel's boot protocol is too old. */
	KERNEL_TOO_OLD(74, "the kernel is older than the boot protocol"),
	/** The memory does not hold what must be in it. */
	MEMORY_TOO_SMALL(76, "the memory does not hold what must be in it"),
	/** The memory is not a multiple of a page. */
	MEMORY_UNALIGNED(78, "the memory is not a multiple of a page"),
	/** The command line is longer than the kernel takes. */
	COMMAND_LINE_TOO_LONG(80, "the kernel's command line is too long"),
	/** There is no such backend. */
	UNKNOWN_BACKEND(82, "no such backend"),
	/** More processors than can be had. */
	TOO_MANY_CPUS(84, "more processors than a machine can have"),
	/** What the demo needs could not be fetched. */
	FETCH(86, "packages could not be fetched or unpacked"),
	/** There is no such guest. */
	NO_SUCH_GUEST(88, "no such guest"),
	/** The guest is not in the state that the command needs. */
	WRONG_STATE(90, "the guest is not in the state that the command needs"),
	/** The demo's check failed. */
	CHECK_FAILED(92, "the guest did not do what demo --check or --load expects"),
	/** A backend does not keep a rule, or random operations found a fault. */
	NOT_CONFORMING(96, "the backend does not keep the contract"),
	/** A call of a trace has another outcome now. */
	REPLAY_DIFFERS(98, "a call of the trace has another outcome"),
	/** The file is no trace that can be replayed. */
	NOT_A_TRACE(100, "the file is no trace of a known format");

	private final int code;
	private final String meaning;

	ExitStatus(int code, String meaning) {
		this.code = code;
		this.meaning = meaning;
	}

	/** @return the status of the process, 0 to 254, even */
	public int code() {
		return code;
	}

	/** @return what it says, a few words */
	public String meaning() {
		return meaning;
	}
}
