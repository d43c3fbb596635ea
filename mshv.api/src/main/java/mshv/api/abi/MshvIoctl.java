package mshv.api.abi;

/**
 * Numbers of the driver's ioctls (include/uapi/linux/mshv.h). The same number may mean something else on another kind of descriptor.
 */
public final class MshvIoctl {
	/** Bits 8 to 15 of every number: the driver's magic byte. */
	public static final int MAGIC = 0xB8;

	/** On the device: creates a partition, the result is its descriptor. */
	public static final int CREATE_PARTITION = 0x4010B800;
	/** On any descriptor: makes a hypercall of the pass-through list. */
	public static final int ROOT_HVCALL = 0xC020B807;

	/** On a partition: initializes it. */
	public static final int INITIALIZE_PARTITION = 0x0000B800;
	/** On a partition: creates a processor, the result is its descriptor. */
	public static final int CREATE_VP = 0x4004B801;
	/** On a partition: maps or unmaps guest memory. */
	public static final int SET_GUEST_MEMORY = 0x4020B802;
	/** On a partition: binds an eventfd to an interrupt. */
	public static final int IRQFD = 0x4010B803;
	/** On a partition: binds an eventfd to a guest address. */
	public static final int IOEVENTFD = 0x4020B804;
	/** On a partition: replaces the table of MSI routes. */
	public static final int SET_MSI_ROUTING = 0x4008B805;
	/** On a partition: reads which pages were accessed or written. */
	public static final int GET_GPAP_ACCESS_BITMAP = 0xC020B806;
	/** On a partition: creates a device, the result is its descriptor. */
	public static final int CREATE_DEVICE = 0xC00CB808;
	/** On a partition: takes or gives up the host's access to guest pages. */
	public static final int MODIFY_GPA_HOST_ACCESS = 0x4010B809;

	/** On a processor: runs it until an intercept. */
	public static final int RUN_VP = 0x8100B800;
	/** On a processor: reads a block of state. */
	public static final int GET_VP_STATE = 0xC010B801;
	/** On a processor: writes a block of state. */
	public static final int SET_VP_STATE = 0xC010B802;

	/** On a device: sets an attribute. */
	public static final int SET_DEVICE_ATTR = 0x4018B800;
	/** On a device: reads an attribute. A version that was never released has {@link #HAS_DEVICE_ATTR} at this number. */
	public static final int GET_DEVICE_ATTR = 0x4018B801;
	/** On a device: tells whether there is an attribute. */
	public static final int HAS_DEVICE_ATTR = 0x4018B802;

	private MshvIoctl() {}
}
