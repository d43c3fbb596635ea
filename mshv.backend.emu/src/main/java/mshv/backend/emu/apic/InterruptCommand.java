package mshv.backend.emu.apic;

/** The interrupt command register: sends interrupts to other processors and to the own one (Intel SDM vol. 3, 11.6 and 11.12.9). */
final class InterruptCommand {
	/** Lowest vector that a fixed interrupt may have. */
	static final int LOWEST_VECTOR = 16;

	private static final int LOW_BITS = 0xCCFFF;
	private static final int DELIVERY_STATUS = 0x1000;
	private static final long X2APIC_RESERVED = 0xFFF32000L;
	private static final int LOGICAL = 0x800;
	private static final int ASSERTED = 0x4000;
	private static final int LEVEL = 0x8000;
	/** Destination shorthands, bits 18 and 19. */
	private static final int NO_SHORTHAND = 0, SELF = 1, ALL = 2;

	private final LocalApic apic;
	private final ApicBus bus;
	private final ApicOwner owner;
	private int low;
	private int high;

	InterruptCommand(LocalApic apic, ApicBus bus, ApicOwner owner) {
		this.apic = apic;
		this.bus = bus;
		this.owner = owner;
	}

	void reset() {
		low = 0;
		high = 0;
	}

	/** x2APIC mode was entered: the destination has another layout. */
	void enterX2apic() {
		high = 0;
	}

	int low() {
		return low;
	}

	int high() {
		return high;
	}

	/** @return both halves, the destination in the upper one */
	long value() {
		return low & 0xFFFFFFFFL | (long) high << 32;
	}

	/** Sets the destination. xAPIC mode. */
	void setHigh(int value) {
		high = value & 0xFF000000;
	}

	/** Sends an interrupt to the destination that was set. xAPIC mode. */
	void sendLow(int value) {
		low = value & LOW_BITS;
		send(high >>> 24);
	}

	/** Sends an interrupt. x2APIC mode. @return false if a reserved bit is set */
	boolean send64(long value) {
		if ((value & X2APIC_RESERVED) != 0) {
			return false;
		}
		low = (int) value & LOW_BITS & ~DELIVERY_STATUS;
		high = (int) (value >>> 32);
		send(high & 0xFFFFFFFFL);
		return true;
	}

	/** Writes the SELF IPI register. x2APIC mode. */
	void sendToSelf(int vector) {
		low = vector | SELF << 18;
		interruptSelf(vector);
	}

	/** Restores the lower half, without sending. */
	void restoreLow(int value) {
		low = value & LOW_BITS;
	}

	/** Restores the upper half. */
	void restoreHigh(int value) {
		high = value;
	}

	private void interruptSelf(int vector) {
		if (vector < LOWEST_VECTOR) {
			apic.error(ErrorStatus.SENT_ILLEGAL_VECTOR);
		}
		apic.receive(DeliveryMode.FIXED, vector, false);
	}

	private void send(long destination) {
		int vector = low & 0xFF;
		int mode = low >> 8 & 7;
		boolean logical = (low & LOGICAL) != 0;
		if (mode == DeliveryMode.INIT && (low & LEVEL) != 0 && (low & ASSERTED) == 0) {
			// INIT level de-assert has no effect since the Pentium 4
			return;
		}
		boolean fixed = mode == DeliveryMode.FIXED || mode == DeliveryMode.LOWEST_PRIORITY;
		if (fixed && vector < LOWEST_VECTOR) {
			apic.error(ErrorStatus.SENT_ILLEGAL_VECTOR);
			return;
		}
		if (mode == 3 || mode == DeliveryMode.EXTERNAL) {
			return;
		}
		int shorthand = low >> 18 & 3;
		if (mode == DeliveryMode.STARTUP && shorthand != SELF
				&& bus.startupIntercepted(apic, owner, vector, destination, logical, shorthand != NO_SHORTHAND, shorthand == ALL)) {
			return;
		}
		// Fixed IPIs are edge triggered whatever the trigger mode bit says
		switch (shorthand) {
			case NO_SHORTHAND -> bus.send(mode, vector, false, destination, logical);
			case SELF -> {
				if (fixed) {
					interruptSelf(vector);
				}
			}
			case ALL -> bus.broadcast(mode, vector, false, null);
			default -> bus.broadcast(mode, vector, false, apic);
		}
	}
}
