package mshv.core.common;

import mshv.api.abi.CallCode;

/** Names of calls, for messages. */
final class CallName {
	private CallName() {}

	/** @return the name in the Linux headers, or the number of a call that the driver does not make */
	static String of(int code) {
		return switch (code) {
			case CallCode.CREATE_PARTITION -> "HVCALL_CREATE_PARTITION";
			case CallCode.INITIALIZE_PARTITION -> "HVCALL_INITIALIZE_PARTITION";
			case CallCode.FINALIZE_PARTITION -> "HVCALL_FINALIZE_PARTITION";
			case CallCode.DELETE_PARTITION -> "HVCALL_DELETE_PARTITION";
			case CallCode.GET_PARTITION_PROPERTY -> "HVCALL_GET_PARTITION_PROPERTY";
			case CallCode.SET_PARTITION_PROPERTY -> "HVCALL_SET_PARTITION_PROPERTY";
			case CallCode.DEPOSIT_MEMORY -> "HVCALL_DEPOSIT_MEMORY";
			case CallCode.WITHDRAW_MEMORY -> "HVCALL_WITHDRAW_MEMORY";
			case CallCode.MAP_GPA_PAGES -> "HVCALL_MAP_GPA_PAGES";
			case CallCode.UNMAP_GPA_PAGES -> "HVCALL_UNMAP_GPA_PAGES";
			case CallCode.INSTALL_INTERCEPT -> "HVCALL_INSTALL_INTERCEPT";
			case CallCode.CREATE_VP -> "HVCALL_CREATE_VP";
			case CallCode.DELETE_VP -> "HVCALL_DELETE_VP";
			case CallCode.GET_VP_REGISTERS -> "HVCALL_GET_VP_REGISTERS";
			case CallCode.SET_VP_REGISTERS -> "HVCALL_SET_VP_REGISTERS";
			case CallCode.TRANSLATE_VIRTUAL_ADDRESS -> "HVCALL_TRANSLATE_VIRTUAL_ADDRESS";
			case CallCode.MAP_STATS_PAGE -> "HVCALL_MAP_STATS_PAGE";
			case CallCode.UNMAP_STATS_PAGE -> "HVCALL_UNMAP_STATS_PAGE";
			case CallCode.GET_SYSTEM_PROPERTY -> "HVCALL_GET_SYSTEM_PROPERTY";
			case CallCode.NOTIFY_PORT_RING_EMPTY -> "HVCALL_NOTIFY_PORT_RING_EMPTY";
			case CallCode.ASSERT_VIRTUAL_INTERRUPT -> "HVCALL_ASSERT_VIRTUAL_INTERRUPT";
			case CallCode.DISPATCH_VP -> "HVCALL_DISPATCH_VP";
			case CallCode.MAP_VP_STATE_PAGE -> "HVCALL_MAP_VP_STATE_PAGE";
			case CallCode.UNMAP_VP_STATE_PAGE -> "HVCALL_UNMAP_VP_STATE_PAGE";
			case CallCode.GET_VP_STATE -> "HVCALL_GET_VP_STATE";
			case CallCode.SET_VP_STATE -> "HVCALL_SET_VP_STATE";
			default -> "hypercall 0x" + Integer.toHexString(code);
		};
	}
}
