package mshv.tck.synic;

import mshv.tck.GuestCode;

/** Guest code that makes hypercalls through the guest's page (TLFS chapter 3). Changes RAX, RCX, RDX, RDI and R8. */
final class HypercallCode {
	/** Bit of the control word: the input is in registers. */
	static final int FAST = 1 << 16;
	static final int POST_MESSAGE = 0x5C, SIGNAL_EVENT = 0x5D;

	private static final int GUEST_OS_ID = 0x4000_0000, HYPERCALL = 0x4000_0001;
	private static final int PAGE = 0x7000;

	private HypercallCode() {}

	/** @return a program that begins by enabling the local APIC and the hypercall page */
	static GuestCode enabled() {
		return enable(GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF));
	}

	/** Adds what enables the hypercall page. @return the code */
	static GuestCode enable(GuestCode code) {
		SynicCode.write(code, GUEST_OS_ID, 0x8100_0000_0000_0000L);
		return SynicCode.write(code, HYPERCALL, PAGE | 1);
	}

	/** Adds a call by way of the page, and a report of the low half of its result. @return the code */
	static GuestCode call(GuestCode code, int control, int first, int second) {
		// MOV R8, second; MOV RAX, page; CALL RAX
		return code.movEcx(control).movEdx(first).raw(0x41, 0xB8, second, second >> 8, second >> 16, second >> 24).movRax(PAGE)
			.raw(0xFF, 0xD0).out(4);
	}
}
