package mshv.api.abi;

/**
 * Ioctls of the driver's earliest versions, each of which became a hypercall that is handed through. Programs of that time make them first,
 * and some still do. The same number means something else on each kind of descriptor.
 */
public final class MshvDeprecatedIoctl {
	/** On a partition: access u32, type u32, parameter u64. */
	public static final int INSTALL_INTERCEPT = 0x4010B8F0;
	/** On a partition: control u64, destination u64, vector u32, reserved u32. */
	public static final int ASSERT_INTERRUPT = 0x4018B8F1;
	/** On a partition: code u32, unused u32, value u64. */
	public static final int SET_PARTITION_PROPERTY = 0x4010B8F2;
	/** On a partition: as {@link #SET_PARTITION_PROPERTY}, the value is the answer. */
	public static final int GET_PARTITION_PROPERTY = 0xC010B8F3;
	/** On a partition: processor u32, VTL u8, SINT u8, flag u16, and as answer u8 whether it was clear. */
	public static final int SIGNAL_EVENT_DIRECT = 0xC00CB8F7;
	/** On a partition: processor u32, VTL u8, SINT u8, length u16, address u64 of the message. */
	public static final int POST_MESSAGE_DIRECT = 0x4010B8F8;
	/** On a partition: processor u32, unused u32, value u64 of the register DELIVERABILITY_NOTIFICATIONS. */
	public static final int REGISTER_DELIVERABILITY_NOTIFICATIONS = 0x4010B8F9;

	/** On a processor: count s32, unused u32, address u64 of as many {@link RegisterAssociation}s, whose values are the answer. */
	public static final int GET_VP_REGISTERS = 0xC010B8F0;
	/** On a processor: as {@link #GET_VP_REGISTERS}. */
	public static final int SET_VP_REGISTERS = 0x4010B8F1;
	/** On a processor: virtual address u64, flags u64, addresses u64 of the result and of the guest-physical address, 8 bytes each. */
	public static final int TRANSLATE_GVA = 0xC020B8F2;
	/** On a processor: type u32, then {@link CpuidInterceptResult} or {@link MsrInterceptResult} in 44 bytes. */
	public static final int REGISTER_INTERCEPT_RESULT = 0x4030B8F3;
	/** On a processor: leaf u32, subleaf u32, XFEM u64, XSS u64, and as answer EAX, EBX, ECX, EDX. */
	public static final int GET_VP_CPUID_VALUES = 0xC028B8F4;
	/** On a processor: guest-physical address u64, bytes u32, unused u32, and as answer 16 bytes of data. */
	public static final int READ_GPA = 0xC020B8F5;
	/** On a processor: as {@link #READ_GPA}, with the data. */
	public static final int WRITE_GPA = 0x4020B8F6;

	/** Most registers of one call. */
	public static final int MAX_REGISTERS = 128;
	/** Size of the argument of the calls with a count or a length and an address, in bytes. */
	public static final int LIST_SIZE = 16;
	/** Size of the argument of {@link #READ_GPA} and {@link #WRITE_GPA} in bytes, and where in it the data are. */
	public static final int GPA_SIZE = 32, GPA_DATA = 16;

	private MshvDeprecatedIoctl() {}
}
