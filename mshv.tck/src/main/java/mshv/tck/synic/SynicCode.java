package mshv.tck.synic;

import org.junit.jupiter.api.Assumptions;

import mshv.api.abi.PartitionProperty;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Guest code for the SynIC (TLFS chapters 10 to 12). Changes RAX, RCX, RDX and RDI. */
final class SynicCode {
	/** Bits of SYNTHETIC_PROC_FEATURES. */
	static final long SYNIC = 1 << 4, TIMERS = 1 << 5, HYPERCALLS = 1 << 7, IDLE = 1 << 10, DIRECT_TIMERS = 1 << 22, FLUSH = 1 << 25,
		INTERRUPTS = 1 << 26, SIGNAL_EVENTS = 1 << 29;
	static final int TIME = 0x4000_0020, SCONTROL = 0x4000_0080, SVERSION = 0x4000_0081, SIEFP = 0x4000_0082, SIMP = 0x4000_0083,
		EOM = 0x4000_0084, SINT0 = 0x4000_0090, STIMER0_CONFIG = 0x4000_00B0, STIMER0_COUNT = 0x4000_00B1, GUEST_IDLE = 0x4000_00F0;
	/** Pages of messages and event flags. */
	static final int MESSAGES = 0x5000, FLAGS = 0x6000;
	/** The SINT that {@link #enabled} sets up, and its vector. */
	static final int SINT = 2, VECTOR = 0x52;

	private static final long SPURIOUS_VECTOR = 0xFEE0_00F0L;
	private static final long END_OF_INTERRUPT = 0xFEE0_00B0L;
	private static final int ENABLED = 0x1FF;

	private SynicCode() {}

	/** Skips the test unless the guest is offered all of these features. */
	static void assume(Guest guest, long features) {
		long offered = guest.partition().getProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES);
		Assumptions.assumeTrue((offered & features) == features, () -> "synthetic features " + Long.toHexString(offered));
	}

	/** Adds a write to an MSR. @return the code */
	static GuestCode write(GuestCode code, int msr, long value) {
		return code.movEcx(msr).movEax((int) value).movEdx((int) (value >> 32)).wrmsr();
	}

	/** @return a program that begins by enabling the local APIC and the SynIC with one SINT, and reporting that at a port */
	static GuestCode enabled() {
		GuestCode code = GuestCode.forLongMode().movRdi(SPURIOUS_VECTOR).store(ENABLED);
		write(code, SIMP, MESSAGES | 1);
		write(code, SIEFP, FLAGS | 1);
		write(code, SINT0 + SINT, VECTOR);
		write(code, SCONTROL, 1);
		return code.out(1);
	}

	/** @return a handler that empties a SINT's slot, ends message and interrupt, then reports a number at a port */
	static GuestCode receiving(int number) {
		GuestCode code = GuestCode.forLongMode().movRdi(MESSAGES + 256L * SINT).store(0);
		write(code, EOM, 0);
		return code.movRdi(END_OF_INTERRUPT).store(0).movAl(number).out(1).iretq();
	}

	/** @return a handler that ends the interrupt, then reports a number at a port */
	static GuestCode reporting(int number) {
		return GuestCode.forLongMode().movRdi(END_OF_INTERRUPT).store(0).movAl(number).out(1).iretq();
	}
}
