package mshv.api.abi;

/** Codes of partition properties (HV_PARTITION_PROPERTY_CODE). */
public final class PartitionProperty {
	/** What the partition may do. */
	public static final int PRIVILEGE_FLAGS = 0x00010000;
	/** Which enlightenments the guest is offered; fixed once initialized. */
	public static final int SYNTHETIC_PROC_FEATURES = 0x00010001;
	/** 1 stops the partition's processors while its time goes on, 0 lets them go on. */
	public static final int SUSPEND = 0x00020000;
	/** Part of a processor's time that each processor gets at least, in units of 1/65536. */
	public static final int CPU_RESERVE = 0x00020001;
	/** Part of a processor's time that each processor gets at most, in units of 1/65536. */
	public static final int CPU_CAP = 0x00020002;
	/** Share of the partition's processors where processors compete, 1 to 10000. */
	public static final int CPU_WEIGHT = 0x00020003;
	/** Group of logical processors that execute the partition's; 0: none in particular. */
	public static final int CPU_GROUP_ID = 0x00020004;
	/** 1 stops the partition's time and processors, 0 lets them go on. */
	public static final int TIME_FREEZE = 0x00030003;
	/** Reference time in 100 ns. */
	public static final int REFERENCE_TIME = 0x00030005;
	/** Virtual processors that are told to be in one socket. */
	public static final int PROCESSORS_PER_SOCKET = 0x00050003;
	/** 1 tracks accessed and dirty pages. */
	public static final int GPA_PAGE_ACCESS_TRACKING = 0x00050005;
	/** 0 unknown MSRs raise #GP, 1 they read as zero and ignore writes. */
	public static final int UNIMPLEMENTED_MSR_ACTION = 0x00050017;
	/** Vendor of the processors. */
	public static final int PROCESSOR_VENDOR = 0x00060000;
	/** XSAVE features that are offered. */
	public static final int XSAVE_FEATURES = 0x00060002;
	/** Bits of a guest-physical address. */
	public static final int PHYSICAL_ADDRESS_WIDTH = 0x00060006;
	/** XFEM mask of the XSAVE state. */
	public static final int XSAVE_STATES = 0x00060007;
	/** Bytes of the XSAVE state. */
	public static final int MAX_XSAVE_DATA_SIZE = 0x00060008;
	/** Hz of the time-stamp counter. */
	public static final int PROCESSOR_CLOCK_FREQUENCY = 0x00060009;
	/** Features that are offered, bank 0. */
	public static final int PROCESSOR_FEATURES0 = 0x0006000A;
	/** Features that are offered, bank 1. */
	public static final int PROCESSOR_FEATURES1 = 0x0006000B;
	/** What the guest wrote to HV_X64_MSR_GUEST_OS_ID. */
	public static final int GUEST_OS_ID = 0x00070000;

	/** What a monitor may use; more than one value, see {@link mshv.api.Hypervisor#getPropertyEx}. */
	public static final int VMM_CAPABILITIES = 0x00090007;
	/** Enlightenments that {@link #SYNTHETIC_PROC_FEATURES} may name; banked. */
	public static final int ASSIGNABLE_SYNTHETIC_PROC_FEATURES = 0x00090009;

	private PartitionProperty() {}
}
