package mshv.api.abi;

/** Types of messages (HV_MESSAGE_TYPE). */
public final class MessageType {
	/** The slot is empty. */
	public static final int NONE = 0x00000000;
	/** Access to an unmapped page. */
	public static final int UNMAPPED_GPA = 0x80000000;
	/** Access that the page's rights forbid. */
	public static final int GPA_INTERCEPT = 0x80000001;
	/** The processor's registers contradict each other. */
	public static final int INVALID_VP_REGISTER_VALUE = 0x80000020;
	/** Triple fault. */
	public static final int UNRECOVERABLE_EXCEPTION = 0x80000021;
	/** An intercept; its message is in the processor's page. */
	public static final int OPAQUE_INTERCEPT = 0x8000003F;
	/** A hypercall of the guest. */
	public static final int HYPERCALL_INTERCEPT = 0x80000050;
	/** A doorbell was rung. */
	public static final int SYNIC_SINT_INTERCEPT = 0x80000061;
	/** Message slots that the root has asked about are free. */
	public static final int SYNIC_SINT_DELIVERABLE = 0x80000062;
	/** A call that was pending is done. */
	public static final int ASYNC_CALL_COMPLETION = 0x80000070;
	/** Processors of one partition became ready. */
	public static final int SCHEDULER_VP_SIGNAL_BITSET = 0x80000100;
	/** Processors became ready. */
	public static final int SCHEDULER_VP_SIGNAL_PAIR = 0x80000101;
	/** IN or OUT. */
	public static final int X64_IO_PORT_INTERCEPT = 0x80010000;
	/** RDMSR or WRMSR. */
	public static final int X64_MSR_INTERCEPT = 0x80010001;
	/** CPUID. */
	public static final int X64_CPUID_INTERCEPT = 0x80010002;
	/** An exception. */
	public static final int X64_EXCEPTION_INTERCEPT = 0x80010003;
	/** End of a level-triggered interrupt. */
	public static final int X64_APIC_EOI = 0x80010004;
	/** HLT. */
	public static final int X64_HALT = 0x80010007;
	/** An interrupt or NMI that the root has asked about could be injected. */
	public static final int X64_INTERRUPTION_DELIVERABLE = 0x80010008;
	/** A start-up IPI that the guest sent. */
	public static final int X64_SIPI_INTERCEPT = 0x80010009;

	private MessageType() {}
}
