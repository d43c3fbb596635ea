package mshv.gateway.trace;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

import mshv.api.abi.CallCode;
import mshv.api.abi.MshvIoctl;

/** Names of ioctls and hypercalls, from the constants that the code itself uses. */
final class IoctlName {
	private final Map<Integer, String> device;
	private final Map<Integer, String> hypercalls;

	IoctlName() {
		device = names(MshvIoctl.class);
		hypercalls = names(CallCode.class);
	}

	private static Map<Integer, String> names(Class<?> constants) {
		Map<Integer, String> names = new HashMap<>();
		for (Field field : constants.getFields()) {
			try {
				names.put(field.getInt(null), field.getName());
			} catch (IllegalAccessException e) {
				throw new IllegalStateException(field.toString(), e);
			}
		}
		return names;
	}

	/** @param command number, 0 for an open */
	String ioctl(int command) {
		return command == 0 ? "OPEN" : device.getOrDefault(command, "0x" + HexFormat.of().toHexDigits(command));
	}

	String hypercall(int code) {
		return hypercalls.getOrDefault(code, "0x" + HexFormat.of().toHexDigits((short) code));
	}
}
