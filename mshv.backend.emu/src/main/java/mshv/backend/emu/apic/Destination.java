package mshv.backend.emu.apic;

/** What a local APIC answers to: its id and its logical destination registers (Intel SDM vol. 3, 11.6.2 and 11.12.10). Any thread reads. */
final class Destination {
	private static final long ALL = 0xFFFFFFFFL;
	private static final long ALL_XAPIC = 0xFF;

	private final ApicBase base;
	private final int initialId;
	private volatile int id;
	private volatile int logical;
	private volatile int format;

	/** @param initialId APIC id after RESET, 0 to 255 */
	Destination(ApicBase base, int initialId) {
		this.base = base;
		this.initialId = initialId;
	}

	void reset() {
		id = initialId;
		format = -1;
		logical = base.x2apic() ? x2apicLogical() : 0;
	}

	/** x2APIC mode was entered: both registers are fixed from here on. */
	void enterX2apic() {
		id = initialId;
		logical = x2apicLogical();
	}

	private int x2apicLogical() {
		return initialId >>> 4 << 16 | 1 << (initialId & 15);
	}

	/** @return 8 bits in xAPIC mode, 32 in x2APIC mode */
	int id() {
		return id;
	}

	/** @return LDR */
	int logical() {
		return logical;
	}

	void setLogical(int value) {
		logical = value & 0xFF000000;
	}

	/** @return DFR */
	int format() {
		return format;
	}

	void setFormat(int value) {
		format = value | 0x0FFFFFFF;
	}

	/** Restores the id. @param value ID register as in the xAPIC page; without effect in x2APIC mode */
	void restoreId(int value) {
		id = base.x2apic() ? initialId : value >>> 24;
	}

	/** Restores LDR. @param value without effect in x2APIC mode */
	void restoreLogical(int value) {
		if (base.x2apic()) {
			logical = x2apicLogical();
		} else {
			setLogical(value);
		}
	}

	/** @param destination APIC id, or a logical set of APICs
	 * @param isLogical the destination is logical
	 * @return true if this APIC is meant */
	boolean matches(long destination, boolean isLogical) {
		if (!base.enabled()) {
			// NMI, INIT and external interrupts reach a processor whose APIC is disabled by its id
			return !isLogical && destination == initialId;
		}
		boolean wide = base.x2apic();
		if (destination == ALL || !wide && destination == ALL_XAPIC) {
			return true;
		}
		if (!isLogical) {
			return destination == (id & 0xFFFFFFFFL);
		}
		int ldr = logical;
		if (wide) {
			return destination >>> 16 == ldr >>> 16 && (destination & ldr & 0xFFFF) != 0;
		}
		int own = ldr >>> 24;
		if (format >>> 28 == 0xF) {
			return (own & destination) != 0;
		}
		return destination >>> 4 == own >>> 4 && (own & destination & 0xF) != 0;
	}
}
