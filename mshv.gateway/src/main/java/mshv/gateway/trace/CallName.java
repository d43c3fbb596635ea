package mshv.gateway.trace;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

import mshv.api.abi.CallCode;
import mshv.api.abi.MshvIoctl;

/** Names of ioctls and hypercalls, from the constants that the code itself uses. */
public final class CallName {
	/** Name of opening the device, which has no number. */
	public static final String OPEN = "OPEN";
	/** Name of the end of a file, with the last descriptor of it. */
	public static final String CLOSE = "CLOSE";
	/** Stands for a number of {@link #OPEN}. */
	public static final int OPEN_NUMBER = 0;
	/** Stands for a number of {@link #CLOSE}. */
	public static final int CLOSE_NUMBER = -1;

	private final Map<Integer, String> ioctls = names(MshvIoctl.class);
	private final Map<Integer, String> hypercalls = names(CallCode.class);

	/** Knows them all. */
	public CallName() {}

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

	/** @param command number, 0 for an open
	 * @return its name, or the number if it has none */
	public String ioctl(int command) {
		return switch (command) {
			case OPEN_NUMBER -> OPEN;
			case CLOSE_NUMBER -> CLOSE;
			default -> name(ioctls, command, 8);
		};
	}

	private static String name(Map<Integer, String> names, int number, int digits) {
		String name = names.get(number);
		return name != null ? name : "0x" + HexFormat.of().toHexDigits(number, digits);
	}

	/** @return the name of a call code, or the number if it has none */
	public String hypercall(int code) {
		return name(hypercalls, code, 4);
	}

	/** @return whether a hypercall has this name */
	public boolean isHypercall(String name) {
		return hypercalls.containsValue(name);
	}

	/** @return whether an ioctl or a hypercall has this name */
	public boolean isCall(String name) {
		return name.equals(OPEN) || ioctls.containsValue(name) || hypercalls.containsValue(name);
	}
}
