package mshv.api;

/**
 * A virtual interrupt to assert.
 *
 * @param type how it is delivered
 * @param vector 0 to 255; ignored by types that have none
 * @param destination APIC id, or a set of processors in logical mode
 * @param levelTriggered level triggered, else edge
 * @param logical the destination is logical, else physical
 */
public record InterruptRequest(Type type, int vector, long destination, boolean levelTriggered, boolean logical) {
	/** HV_INTERRUPT_TYPE, by its value. */
	public enum Type {
		/** To all processors named. */
		FIXED,
		/** To the one of lowest priority. */
		LOWEST_PRIORITY,
		/** System management interrupt. */
		SMI,
		/** Remote read. */
		REMOTE_READ,
		/** Non-maskable. */
		NMI,
		/** INIT. */
		INIT,
		/** Start-up. */
		SIPI,
		/** From an external interrupt controller. */
		EXTINT,
		/** Local interrupt pin 0. */
		LINT0,
		/** Local interrupt pin 1. */
		LINT1
	}

	/** @return an edge-triggered interrupt for one processor */
	public static InterruptRequest fixed(int vector, int apicId) {
		return new InterruptRequest(Type.FIXED, vector, apicId, false, false);
	}
}
