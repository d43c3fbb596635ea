package mshv.backend.emu.guest;

/** Bits of the property SYNTHETIC_PROC_FEATURES: which of the hypervisor's interfaces a guest is offered. */
public final class SyntheticFeatures {
	/** CPUID says that there is a hypervisor. */
	public static final long HYPERVISOR_PRESENT = 1L << 0;
	/** The interface Hv#1: leaves 0x40000000 to 0x4000000A. */
	public static final long HV1 = 1L << 1;
	/** Time that a processor has run. */
	public static final long VP_RUNTIME = 1L << 2;
	/** Reference counter. */
	public static final long REFERENCE_COUNTER = 1L << 3;
	/** SynIC. */
	public static final long SYNIC = 1L << 4;
	/** Synthetic timers. */
	public static final long SYNTHETIC_TIMERS = 1L << 5;
	/** MSRs of the local APIC and the VP assist page. */
	public static final long APIC_MSRS = 1L << 6;
	/** Guest OS id and hypercall page. */
	public static final long HYPERCALL = 1L << 7;
	/** Index of the processor. */
	public static final long VP_INDEX = 1L << 8;
	/** Reference TSC page. */
	public static final long REFERENCE_TSC = 1L << 9;
	/** MSR that suspends the processor until an interrupt comes. */
	public static final long GUEST_IDLE = 1L << 10;
	/** Frequencies of the time-stamp counter and the APIC timer. */
	public static final long FREQUENCIES = 1L << 11;

	/** Output of fast hypercalls in XMM registers. */
	public static final long FAST_HYPERCALL_OUTPUT = 1L << 18;
	/** Start of another processor by a hypercall. */
	public static final long START_PROCESSOR = 1L << 20;
	/** Synthetic timers that raise an interrupt themselves. */
	public static final long DIRECT_TIMERS = 1L << 22;
	/** Sets of processors beyond the first 64. */
	public static final long EXTENDED_PROCESSOR_MASKS = 1L << 24;
	/** Hypercalls that flush translations. */
	public static final long FLUSH_HYPERCALLS = 1L << 25;
	/** Hypercalls that send interrupts to sets of processors. */
	public static final long CLUSTER_INTERRUPTS = 1L << 26;
	/** Hypercall of a processor that spins for long. */
	public static final long LONG_SPIN_WAIT = 1L << 27;
	/** Hypercall that signals an event. */
	public static final long SIGNAL_EVENTS = 1L << 29;
	/** Hypercalls that access the caller's registers. */
	public static final long VP_REGISTERS = 1L << 38;

	/** All that this hypervisor has. */
	public static final long OFFERED = HYPERVISOR_PRESENT | HV1 | VP_RUNTIME | REFERENCE_COUNTER | SYNIC | SYNTHETIC_TIMERS | APIC_MSRS
		| HYPERCALL | VP_INDEX | REFERENCE_TSC | GUEST_IDLE | FREQUENCIES | FAST_HYPERCALL_OUTPUT | START_PROCESSOR | DIRECT_TIMERS
		| EXTENDED_PROCESSOR_MASKS | FLUSH_HYPERCALLS | CLUSTER_INTERRUPTS | LONG_SPIN_WAIT | SIGNAL_EVENTS | VP_REGISTERS;

	private SyntheticFeatures() {}
}
