package mshv.api;

/**
 * Where a gsi leads: the message that a device would write (mshv_user_irq_entry; Intel SDM vol. 3, 11.11).
 *
 * @param gsi 0 to 4095
 * @param addressLow bits 12-19 destination APIC id, bit 2 logical mode
 * @param addressHigh must be 0
 * @param data bits 0-7 vector, 8-10 delivery mode, 15 level triggered
 */
public record MsiRoute(int gsi, int addressLow, int addressHigh, int data) {
	/** @return the interrupt that the message asserts */
	public InterruptRequest interrupt() {
		return new InterruptRequest(InterruptRequest.Type.values()[data >> 8 & 7], data & 0xFF, addressLow >> 12 & 0xFF,
			(data & 0x8000) != 0, (addressLow & 4) != 0);
	}
}
