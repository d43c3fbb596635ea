package mshv.backend.emu.apic;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** The local vector table: what the APIC's own sources of interrupts give (Intel SDM vol. 3, 11.5.1). Any thread reads. */
final class LocalVectorTable {
	static final int MASKED = 0x10000;
	static final int LEVEL = 0x8000;

	/** The bits that exist in each entry, from the timer's on. */
	private static final int[] BITS = {0x710FF, 0x117FF, 0x117FF, 0x1F7FF, 0x1F7FF, 0x110FF};
	/** Delivery status and remote IRR. */
	private static final int READ_ONLY = 0x5000;

	private final AtomicIntegerArray entries = new AtomicIntegerArray(BITS.length);

	static boolean contains(int register) {
		return register >= ApicRegister.LVT_TIMER && register <= ApicRegister.LVT_ERROR;
	}

	/** @return the bits that exist in an entry */
	static int bits(int register) {
		return BITS[register - ApicRegister.LVT_TIMER];
	}

	void reset() {
		for (int i = 0; i < BITS.length; i++) {
			entries.set(i, MASKED);
		}
	}

	/** Masks all entries, as disabling the APIC by software does. */
	void mask() {
		for (int i = 0; i < BITS.length; i++) {
			entries.set(i, entries.get(i) | MASKED);
		}
	}

	int get(int register) {
		return entries.get(register - ApicRegister.LVT_TIMER);
	}

	/** Writes an entry. @param masked it stays masked whatever the value @return the entry as it is now */
	int set(int register, int value, boolean masked) {
		int entry = value & bits(register) & ~READ_ONLY | (masked ? MASKED : 0);
		entries.set(register - ApicRegister.LVT_TIMER, entry);
		return entry;
	}

	/** @return delivery mode of an entry, a constant of {@link DeliveryMode} */
	static int deliveryMode(int entry) {
		return entry >> 8 & 7;
	}

	/** @return mode of the timer in its entry, as {@link ApicTimer} counts them */
	static int timerMode(int entry) {
		return entry >> 17 & 3;
	}
}
