package mshv.backend.emu.apic;

import static mshv.backend.emu.memory.RawMemory.RAW;

/**
 * The "no EOI required" bit of the VP assist page (TLFS 10.3.5): while it is set, the guest may end the service of its one interrupt by
 * clearing the bit. On the processor's thread.
 */
final class EoiAssist {
	private static final int NO_EOI_REQUIRED = 1;

	/** Host address of the 32-bit field, 0 while there is no page. */
	private long field;
	private boolean offered;

	void setField(long address) {
		field = address;
		offered = false;
	}

	boolean available() {
		return field != 0;
	}

	/** Lets the guest leave out the EOI of the interrupt that is delivered now. */
	void offer() {
		RAW.putInt(field, RAW.getInt(field) | NO_EOI_REQUIRED);
		offered = true;
	}

	/** @return true if the guest used the offer: the service has ended. The offer is then gone */
	boolean used() {
		if (offered && (RAW.getInt(field) & NO_EOI_REQUIRED) == 0) {
			offered = false;
			return true;
		}
		return false;
	}

	/** Takes the offer back: the guest must write EOI. */
	void withdraw() {
		if (offered) {
			RAW.putInt(field, RAW.getInt(field) & ~NO_EOI_REQUIRED);
			offered = false;
		}
	}
}
