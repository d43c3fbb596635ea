package mshv.vmm;

/** How a machine ended. */
public sealed interface Outcome {
	/** The guest turned the machine off. */
	record PowerOff() implements Outcome {}

	/** The guest asked for a reset; machines are not reset, a new one can be made. */
	record Reset() implements Outcome {}

	/** An exception that the guest could not take: a triple fault. @param rip where it was */
	record TripleFault(long rip) implements Outcome {}

	/** The guest halted with interrupts disabled: nothing can wake it. @param rip where it was */
	record Halted(long rip) implements Outcome {}

	/**
	 * A test program ended at the exit port.
	 *
	 * @param value what it wrote: 0 for success in kvm-unit-tests
	 */
	record Exit(int value) implements Outcome {
		/** @return {@code value << 1 | 1}, as QEMU's debug exit device makes it: never 0 */
		public int status() {
			return value << 1 | 1;
		}
	}

	/** {@link Machine#close} stopped it. */
	record Stopped() implements Outcome {}

	/** The machine cannot go on. @param message one line that says why */
	record Failed(String message) implements Outcome {}
}
