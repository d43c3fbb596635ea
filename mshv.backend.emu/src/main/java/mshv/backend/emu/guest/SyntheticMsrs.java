package mshv.backend.emu.guest;

import mshv.backend.emu.apic.LocalApic;

/** The hypervisor's synthetic MSRs of one processor (TLFS appendix F). On the processor's thread or while it stands. */
public final class SyntheticMsrs {
	/** Identity of the guest's operating system. */
	public static final int GUEST_OS_ID = 0x40000000;
	/** Hypercall page. */
	public static final int HYPERCALL = 0x40000001;
	/** Index of the processor. */
	public static final int VP_INDEX = 0x40000002;
	/** Bit 0 resets the machine. */
	public static final int RESET = 0x40000003;
	/** Time that the processor has run, 100 ns. */
	public static final int VP_RUNTIME = 0x40000010;
	/** Reference time, 100 ns. */
	public static final int TIME_REF_COUNT = 0x40000020;
	/** Reference TSC page. */
	public static final int REFERENCE_TSC = 0x40000021;
	/** Frequency of the time-stamp counter, Hz. */
	public static final int TSC_FREQUENCY = 0x40000022;
	/** Frequency of the APIC timer, Hz. */
	public static final int APIC_FREQUENCY = 0x40000023;
	/** End of interrupt. */
	public static final int EOI = 0x40000070;
	/** Interrupt command register. */
	public static final int ICR = 0x40000071;
	/** Task-priority register. */
	public static final int TPR = 0x40000072;
	/** VP assist page. */
	public static final int VP_ASSIST_PAGE = 0x40000073;
	/** A read suspends the processor until an interrupt comes. */
	public static final int GUEST_IDLE = 0x400000F0;
	/** First of five parameters of a crash. */
	public static final int CRASH_P0 = 0x40000100;
	/** Reports a crash. */
	public static final int CRASH_CTL = 0x40000105;
	/** Bit 0: CPUID shows that the time-stamp counter is invariant; of the whole partition. */
	public static final int TSC_INVARIANT_CONTROL = 0x40000118;

	/** What the processor does for its MSRs; called on its thread. */
	public interface Owner {
		/** @return time that the processor has run, in units of 100 ns */
		long runtime();

		/** Suspends the processor after this instruction until an interrupt comes, whether it takes interrupts or not. */
		void idle();

		/** The guest says that it has crashed. @param parameters what the guest says about it: five values */
		void crashed(long[] parameters);
	}

	private static final long CRASH_NOTIFY = 1L << 63;
	private static final int CRASH_PARAMETERS = CRASH_CTL - CRASH_P0;

	private final GuestInterface guest;
	private final int vpIndex;
	private final Owner owner;
	private final long[] crash = new long[CRASH_PARAMETERS];
	private final LocalApic apic;
	private final VpAssistPage assistPage;

	/** MSRs after RESET.
	 * @param assistHost host address of a page for the VP assist page */
	public SyntheticMsrs(GuestInterface guest, int vpIndex, Owner owner, LocalApic apic, long assistHost) {
		this.guest = guest;
		this.owner = owner;
		this.vpIndex = vpIndex;
		this.apic = apic;
		assistPage = new VpAssistPage(guest.overlays(), apic, assistHost);
	}

	/** @return whether the guest is offered this MSR */
	public boolean has(int index) {
		return switch (index) {
			case GUEST_OS_ID, HYPERCALL -> guest.offers(SyntheticFeatures.HYPERCALL);
			case VP_INDEX -> guest.offers(SyntheticFeatures.VP_INDEX);
			case TIME_REF_COUNT -> guest.offers(SyntheticFeatures.REFERENCE_COUNTER);
			case REFERENCE_TSC -> guest.offers(SyntheticFeatures.REFERENCE_TSC);
			case TSC_FREQUENCY, APIC_FREQUENCY -> guest.offers(SyntheticFeatures.FREQUENCIES);
			case EOI, ICR, TPR, VP_ASSIST_PAGE -> guest.features().apic() && guest.offers(SyntheticFeatures.APIC_MSRS);
			case TSC_INVARIANT_CONTROL -> guest.offers(0) && guest.features().has1(ProcessorFeatures.TSC_INVARIANT);
			case RESET -> guest.may(Privileges.RESET);
			case VP_RUNTIME -> guest.offers(SyntheticFeatures.VP_RUNTIME);
			case GUEST_IDLE -> guest.features().apic() && guest.offers(SyntheticFeatures.GUEST_IDLE);
			default -> index >= CRASH_P0 && index <= CRASH_CTL && guest.offers(0);
		};
	}

	/** @return whether CPUID does not show yet that the time-stamp counter is invariant, because the guest can ask for it */
	public boolean hidesInvariance() {
		return has(TSC_INVARIANT_CONTROL) && !guest.clock().invarianceShown();
	}

	/** @param index of an MSR that exists and can be read: all but {@link #EOI} */
	public long read(int index) {
		return switch (index) {
			case GUEST_OS_ID -> guest.hypercallPage().osId();
			case HYPERCALL -> guest.hypercallPage().register();
			case VP_INDEX -> vpIndex;
			case TIME_REF_COUNT -> guest.clock().referenceTime();
			case REFERENCE_TSC -> guest.referenceTsc().register();
			case TSC_FREQUENCY -> guest.clock().frequency();
			case APIC_FREQUENCY -> GuestInterface.TIMER_FREQUENCY;
			case ICR -> apic.command();
			case TPR -> apic.taskPriority();
			case VP_ASSIST_PAGE -> assistPage.register();
			case TSC_INVARIANT_CONTROL -> guest.clock().invarianceShown() ? 1 : 0;
			case RESET -> 0;
			case VP_RUNTIME -> owner.runtime();
			case GUEST_IDLE -> {
				owner.idle();
				yield 0;
			}
			case CRASH_CTL -> CRASH_NOTIFY;
			default -> {
				if (!isCrashParameter(index)) {
					throw new IllegalArgumentException("MSR " + Integer.toHexString(index));
				}
				yield crash[index - CRASH_P0];
			}
		};
	}

	private static boolean isCrashParameter(int index) {
		return index >= CRASH_P0 && index < CRASH_CTL;
	}

	/** @param index of an MSR that exists
	 * @return false if it is read only or the value has a reserved bit */
	public boolean write(int index, long value) {
		switch (index) {
			case GUEST_OS_ID -> guest.hypercallPage().setOsId(value);
			case HYPERCALL -> {
				return guest.hypercallPage().setRegister(value);
			}
			case REFERENCE_TSC -> {
				return guest.referenceTsc().setRegister(value);
			}
			case EOI -> apic.endOfInterrupt();
			case ICR -> {
				return apic.setCommand(value);
			}
			case TPR -> {
				if ((value & ~0xFFL) != 0) {
					return false;
				}
				apic.setTaskPriority((int) value);
			}
			case VP_ASSIST_PAGE -> {
				return assistPage.setRegister(value);
			}
			case TSC_INVARIANT_CONTROL -> {
				if ((value & ~1L) != 0) {
					return false;
				}
				guest.clock().showInvariance(value == 1);
			}
			case CRASH_CTL -> {
				if ((value & CRASH_NOTIFY) != 0) {
					owner.crashed(crash.clone());
				}
			}
			default -> {
				if (!isCrashParameter(index)) {
					return false;
				}
				crash[index - CRASH_P0] = value;
			}
		}
		return true;
	}

	/** The processor goes away. */
	public void close() {
		assistPage.close();
	}
}
