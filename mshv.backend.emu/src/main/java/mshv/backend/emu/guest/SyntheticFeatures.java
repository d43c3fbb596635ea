package mshv.backend.emu.guest;

/** Bits of the property SYNTHETIC_PROC_FEATURES: which of the hypervisor's interfaces a guest is offered. */
public final class SyntheticFeatures {
	/** CPUID says that there is a hypervisor. */
	public static final long HYPERVISOR_PRESENT = 1L << 0;
	/** The interface Hv#1: leaves 0x40000000 to 0x40000006. */
	public static final long HV1 = 1L << 1;
	/** Reference counter. */
	public static final long REFERENCE_COUNTER = 1L << 3;
	/** MSRs of the local APIC and the VP assist page. */
	public static final long APIC_MSRS = 1L << 6;
	/** Guest OS id and hypercall page. */
	public static final long HYPERCALL = 1L << 7;
	/** Index of the processor. */
	public static final long VP_INDEX = 1L << 8;
	/** Reference TSC page. */
	public static final long REFERENCE_TSC = 1L << 9;
	/** Frequencies of the time-stamp counter and the APIC timer. */
	public static final long FREQUENCIES = 1L << 11;

	/** All that this hypervisor has. */
	public static final long OFFERED = HYPERVISOR_PRESENT | HV1 | REFERENCE_COUNTER | APIC_MSRS | HYPERCALL | VP_INDEX | REFERENCE_TSC
		| FREQUENCIES;

	private SyntheticFeatures() {}
}
