package mshv.api.hypercall;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A hypervisor as its root partition reaches it (TLFS chapter 3); a service.
 * <p>
 * The root partition's guest-physical addresses are addresses of this process: page number p is the page at {@code p << 12}. Memory
 * that is handed over (deposited pages, guest memory) must stay mapped until it is withdrawn or unmapped. Any thread may make calls; a
 * call acts for the logical processor that the thread stands for.
 */
@ProviderType
public interface HypercallInterface {
	/** Service property: name of the hypervisor, which becomes the name of the backend that a driver builds on it. */
	String NAME = "mshv.hypervisor";

	/** Bit of the control word: input is in the two arguments, not in memory. */
	long FAST = 1L << 16;

	/** Makes a hypercall.
	 * @param control bits 0-15 call code, 16 fast, 17-26 size of the variable header in 8-byte units, 32-43 repetitions, 48-59 first
	 *        repetition
	 * @param input guest-physical address of the input, 8-byte aligned and not crossing a page; of a fast call the first 8 bytes
	 * @param output guest-physical address of the output, likewise, or 0 if there is none; of a fast call the second 8 bytes
	 * @return bits 0-15 status, 32-43 repetitions completed, the start included */
	long hypercall(long control, long input, long output);

	/** Reads a synthetic MSR of the root's logical processor.
	 * @param index MSR number, 0x40000000 and up
	 * @return its value
	 * @throws IllegalArgumentException if there is no such MSR */
	long readMsr(int index);

	/** Writes a synthetic MSR of the root's logical processor: the SynIC's registers and the end of a message.
	 * @throws IllegalArgumentException if there is no such MSR or the value has a reserved bit set */
	void writeMsr(int index, long value);

	/** Connects the root's interrupt vectors: the handler is called with a vector whenever the SynIC asserts one. It is called on the
	 * hypervisor's threads, one call at a time, must be short, and may make hypercalls.
	 * @param handler replaces the one before; null disconnects: after the call returns the old handler is not running */
	void setInterruptHandler(InterruptHandler handler);

	/** What the root does on an interrupt. */
	@FunctionalInterface
	interface InterruptHandler {
		/** @param vector interrupt vector as programmed into the SINT */
		void interrupt(int vector);
	}
}
