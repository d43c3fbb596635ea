package mshv.vmm.mmio;

/** An instruction that accesses device memory cannot be emulated. The message names its bytes and where it is. */
public final class EmulationException extends Exception {
	private static final long serialVersionUID = 1;

	EmulationException(String message) {
		super(message);
	}
}
