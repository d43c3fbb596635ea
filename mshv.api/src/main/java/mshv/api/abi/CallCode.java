package mshv.api.abi;

/** Call codes of hypercalls (TLFS, appendix A; names HVCALL_ in the Linux headers). */
public final class CallCode {
	/** HVCALL_CREATE_PARTITION. */
	public static final int CREATE_PARTITION = 0x0040;
	/** HVCALL_INITIALIZE_PARTITION. */
	public static final int INITIALIZE_PARTITION = 0x0041;
	/** HVCALL_FINALIZE_PARTITION. */
	public static final int FINALIZE_PARTITION = 0x0042;
	/** HVCALL_DELETE_PARTITION. */
	public static final int DELETE_PARTITION = 0x0043;
	/** HVCALL_GET_PARTITION_PROPERTY. */
	public static final int GET_PARTITION_PROPERTY = 0x0044;
	/** HVCALL_SET_PARTITION_PROPERTY. */
	public static final int SET_PARTITION_PROPERTY = 0x0045;
	/** HVCALL_DEPOSIT_MEMORY. */
	public static final int DEPOSIT_MEMORY = 0x0048;
	/** HVCALL_WITHDRAW_MEMORY. */
	public static final int WITHDRAW_MEMORY = 0x0049;
	/** HVCALL_MAP_GPA_PAGES. */
	public static final int MAP_GPA_PAGES = 0x004B;
	/** HVCALL_UNMAP_GPA_PAGES. */
	public static final int UNMAP_GPA_PAGES = 0x004C;
	/** HVCALL_INSTALL_INTERCEPT. */
	public static final int INSTALL_INTERCEPT = 0x004D;
	/** HVCALL_CREATE_VP. */
	public static final int CREATE_VP = 0x004E;
	/** HVCALL_DELETE_VP. */
	public static final int DELETE_VP = 0x004F;
	/** HVCALL_GET_VP_REGISTERS. */
	public static final int GET_VP_REGISTERS = 0x0050;
	/** HVCALL_SET_VP_REGISTERS. */
	public static final int SET_VP_REGISTERS = 0x0051;
	/** HVCALL_TRANSLATE_VIRTUAL_ADDRESS. */
	public static final int TRANSLATE_VIRTUAL_ADDRESS = 0x0052;
	/** HVCALL_READ_GPA. */
	public static final int READ_GPA = 0x0053;
	/** HVCALL_WRITE_GPA. */
	public static final int WRITE_GPA = 0x0054;
	/** HVCALL_CLEAR_VIRTUAL_INTERRUPT. */
	public static final int CLEAR_VIRTUAL_INTERRUPT = 0x0056;
	/** HVCALL_DELETE_PORT. */
	public static final int DELETE_PORT = 0x0058;
	/** HVCALL_DISCONNECT_PORT. */
	public static final int DISCONNECT_PORT = 0x005B;
	/** HVCALL_POST_MESSAGE. */
	public static final int POST_MESSAGE = 0x005C;
	/** HVCALL_SIGNAL_EVENT. */
	public static final int SIGNAL_EVENT = 0x005D;
	/** HVCALL_MAP_STATS_PAGE. */
	public static final int MAP_STATS_PAGE = 0x006C;
	/** HVCALL_UNMAP_STATS_PAGE. */
	public static final int UNMAP_STATS_PAGE = 0x006D;
	/** HVCALL_GET_SYSTEM_PROPERTY. */
	public static final int GET_SYSTEM_PROPERTY = 0x007B;
	/** HVCALL_NOTIFY_PORT_RING_EMPTY. */
	public static final int NOTIFY_PORT_RING_EMPTY = 0x008B;
	/** HVCALL_REGISTER_INTERCEPT_RESULT. */
	public static final int REGISTER_INTERCEPT_RESULT = 0x0091;
	/** HVCALL_ASSERT_VIRTUAL_INTERRUPT. */
	public static final int ASSERT_VIRTUAL_INTERRUPT = 0x0094;
	/** HVCALL_CREATE_PORT. */
	public static final int CREATE_PORT = 0x0095;
	/** HVCALL_CONNECT_PORT. */
	public static final int CONNECT_PORT = 0x0096;
	/** HVCALL_SIGNAL_EVENT_DIRECT. */
	public static final int SIGNAL_EVENT_DIRECT = 0x00C0;
	/** HVCALL_POST_MESSAGE_DIRECT. */
	public static final int POST_MESSAGE_DIRECT = 0x00C1;
	/** HVCALL_DISPATCH_VP. */
	public static final int DISPATCH_VP = 0x00C2;
	/** HVCALL_GET_GPA_PAGES_ACCESS_STATES. */
	public static final int GET_GPA_PAGES_ACCESS_STATES = 0x00C9;
	/** HVCALL_ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS. */
	public static final int ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS = 0x00D7;
	/** HVCALL_RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS. */
	public static final int RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS = 0x00D8;
	/** HVCALL_MAP_VP_STATE_PAGE. */
	public static final int MAP_VP_STATE_PAGE = 0x00E1;
	/** HVCALL_UNMAP_VP_STATE_PAGE. */
	public static final int UNMAP_VP_STATE_PAGE = 0x00E2;
	/** HVCALL_GET_VP_STATE. */
	public static final int GET_VP_STATE = 0x00E3;
	/** HVCALL_SET_VP_STATE. */
	public static final int SET_VP_STATE = 0x00E4;
	/** HVCALL_GET_VP_CPUID_VALUES. */
	public static final int GET_VP_CPUID_VALUES = 0x00F4;
	/** HVCALL_GET_PARTITION_PROPERTY_EX. */
	public static final int GET_PARTITION_PROPERTY_EX = 0x0101;

	private CallCode() {}
}
