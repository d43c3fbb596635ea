package mshv.backend.emu.apic;

/** Delivery modes of interrupts, as in bits 8 to 10 of ICR and the LVT (Intel SDM vol. 3, 11.6.1). */
public final class DeliveryMode {
	/** To every APIC that is addressed. */
	public static final int FIXED = 0;
	/** To the addressed APIC that has the lowest priority. */
	public static final int LOWEST_PRIORITY = 1;
	/** System management interrupt. */
	public static final int SMI = 2;
	/** Non-maskable interrupt. */
	public static final int NMI = 4;
	/** Resets the processor. */
	public static final int INIT = 5;
	/** Starts a processor that waits after INIT. */
	public static final int STARTUP = 6;
	/** From an external interrupt controller, around IRR. */
	public static final int EXTERNAL = 7;

	private DeliveryMode() {}
}
