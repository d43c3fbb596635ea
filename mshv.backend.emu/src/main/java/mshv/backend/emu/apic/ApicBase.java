package mshv.backend.emu.apic;

/** IA32_APIC_BASE: a local APIC's mode, and where its register page is (Intel SDM vol. 3, 11.4.3 and 11.12.5). Any thread reads. */
final class ApicBase {
	private static final long PAGE = 0xFFFFFFF000L;
	private static final long DEFAULT_PAGE = 0xFEE00000L;
	private static final long MODE = LocalApic.BASE_ENABLE | LocalApic.BASE_X2APIC;

	private final boolean present;
	private final boolean x2apicOffered;
	private volatile long value;

	/** The value after RESET.
	 * @param present false for a processor without APIC: it can never be enabled
	 * @param x2apicOffered whether x2APIC mode may be entered
	 * @param bootstrap whether its processor is the bootstrap processor */
	ApicBase(boolean present, boolean x2apicOffered, boolean bootstrap) {
		this.present = present;
		this.x2apicOffered = x2apicOffered;
		value = DEFAULT_PAGE | (present ? LocalApic.BASE_ENABLE : 0) | (bootstrap ? LocalApic.BASE_BOOTSTRAP : 0);
	}

	long value() {
		return value;
	}

	/** @return the bits of a value that are the mode */
	static long mode(long value) {
		return value & MODE;
	}

	boolean enabled() {
		return (value & LocalApic.BASE_ENABLE) != 0;
	}

	boolean x2apic() {
		return (value & LocalApic.BASE_X2APIC) != 0;
	}

	/** @return guest-physical address of the register page in xAPIC mode, else -1 */
	long page() {
		long now = value;
		return mode(now) == LocalApic.BASE_ENABLE ? now & PAGE : -1;
	}

	/** @return false if a reserved bit is set or the change of mode is not allowed: nothing has changed */
	boolean set(long next) {
		if ((next & ~(PAGE | MODE | LocalApic.BASE_BOOTSTRAP)) != 0 || (next & LocalApic.BASE_X2APIC) != 0 && !x2apicOffered) {
			return false;
		}
		if (!present && mode(next) != 0 || mode(next) == LocalApic.BASE_X2APIC) {
			return false;
		}
		boolean leavesX2apic = x2apic() && mode(next) == LocalApic.BASE_ENABLE;
		boolean skipsXapic = !enabled() && (next & LocalApic.BASE_X2APIC) != 0;
		if (leavesX2apic || skipsXapic) {
			return false;
		}
		value = next;
		return true;
	}
}
