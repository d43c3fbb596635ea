package mshv.tck.interrupt;

import mshv.tck.GuestCode;

/** Guest code for the local APIC (Intel SDM vol. 3, chapter 12). Changes RDI. */
final class ApicCode {
	private static final long SPURIOUS_VECTOR = 0xFEE0_00F0L;
	private static final long END_OF_INTERRUPT = 0xFEE0_00B0L;
	private static final int ENABLED = 0x1FF;

	private ApicCode() {}

	/** @return a program that begins by enabling the local APIC and reporting that at a port */
	static GuestCode enable() {
		return GuestCode.forLongMode().movRdi(SPURIOUS_VECTOR).store(ENABLED).out(1);
	}

	/** Adds the end of an interrupt's service. @return the code */
	static GuestCode endOfInterrupt(GuestCode code) {
		return code.movRdi(END_OF_INTERRUPT).store(0);
	}

	/** @return a handler that ends the interrupt, then reports a number at a port */
	static GuestCode reporting(int number) {
		return endOfInterrupt(GuestCode.forLongMode()).movAl(number).out(1).iretq();
	}

	/** @return a handler that counts at an address and ends the interrupt */
	static GuestCode counting(long address) {
		return endOfInterrupt(GuestCode.forLongMode().pushRdi().movRdi(address).increment()).popRdi().iretq();
	}
}
