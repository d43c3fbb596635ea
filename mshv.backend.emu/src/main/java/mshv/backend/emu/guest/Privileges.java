package mshv.backend.emu.guest;

/**
 * What a guest may do (HV_PARTITION_PRIVILEGE_MASK, TLFS 4.2.2): as CPUID leaf 0x40000003 shows it, EAX below EBX. Most follow from the
 * synthetic features of its partition, the others are the property PRIVILEGE_FLAGS.
 */
public final class Privileges {
	/** Reset MSR. */
	public static final long RESET = 1L << 7;
	/** Message posting. */
	public static final long POST_MESSAGES = 1L << 36;
	/** Event signalling. */
	public static final long SIGNAL_EVENTS = 1L << 37;
	/** Access to the caller's registers by hypercall. */
	public static final long VP_REGISTERS = 1L << 49;
	/** Hypercalls with codes from 0x8000 on. */
	public static final long EXTENDED_HYPERCALLS = 1L << 52;
	/** Start of processors. */
	public static final long START_PROCESSOR = 1L << 53;

	/** What PRIVILEGE_FLAGS may grant, all granted by default. */
	public static final long GRANTABLE = RESET | POST_MESSAGES | EXTENDED_HYPERCALLS;

	private static final long VP_RUNTIME = 1, REFERENCE_COUNTER = 1L << 1, SYNIC = 1L << 2, SYNTHETIC_TIMERS = 1L << 3, APIC_MSRS = 1L << 4,
		HYPERCALL = 1L << 5, VP_INDEX = 1L << 6, REFERENCE_TSC = 1L << 9, GUEST_IDLE = 1L << 10, FREQUENCIES = 1L << 11,
		TSC_INVARIANT = 1L << 15;

	private Privileges() {}

	/** @param synthetic bits of {@link SyntheticFeatures}
	 * @param granted bits of {@link #GRANTABLE}
	 * @return privileges of the guest; 0 if it is not offered the interface Hv#1 */
	public static long of(ProcessorFeatures features, long synthetic, long granted) {
		long needed = SyntheticFeatures.HYPERVISOR_PRESENT | SyntheticFeatures.HV1;
		if ((synthetic & needed) != needed) {
			return 0;
		}
		long withApic = features.apic() ? synthetic : 0;
		return granted | when(synthetic, SyntheticFeatures.VP_RUNTIME, VP_RUNTIME)
			| when(synthetic, SyntheticFeatures.REFERENCE_COUNTER, REFERENCE_COUNTER) | when(withApic, SyntheticFeatures.SYNIC, SYNIC)
			| when(withApic, SyntheticFeatures.SYNTHETIC_TIMERS, SYNTHETIC_TIMERS) | when(withApic, SyntheticFeatures.APIC_MSRS, APIC_MSRS)
			| when(synthetic, SyntheticFeatures.HYPERCALL, HYPERCALL) | when(synthetic, SyntheticFeatures.VP_INDEX, VP_INDEX)
			| when(synthetic, SyntheticFeatures.REFERENCE_TSC, REFERENCE_TSC) | when(withApic, SyntheticFeatures.GUEST_IDLE, GUEST_IDLE)
			| when(synthetic, SyntheticFeatures.FREQUENCIES, FREQUENCIES) | (features.has1(ProcessorFeatures.TSC_INVARIANT) ? TSC_INVARIANT : 0)
			| when(synthetic, SyntheticFeatures.SIGNAL_EVENTS, SIGNAL_EVENTS) | when(synthetic, SyntheticFeatures.VP_REGISTERS, VP_REGISTERS)
			| when(withApic, SyntheticFeatures.START_PROCESSOR, START_PROCESSOR);
	}

	private static long when(long synthetic, long feature, long privilege) {
		return (synthetic & feature) != 0 ? privilege : 0;
	}
}
