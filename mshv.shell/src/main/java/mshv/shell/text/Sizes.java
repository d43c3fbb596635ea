package mshv.shell.text;

import static mshv.shell.status.CommandException.usage;

import java.util.Locale;

import mshv.shell.status.CommandException;

/** Sizes in bytes in the spelling of a command line. */
public final class Sizes {
	private Sizes() {}

	/**
	 * Parses a size in bytes: digits and K, M, G or T for powers of 1024, as in {@code 512M}; capitals and a final B or iB make no
	 * difference.
	 *
	 * @param text as typed
	 * @return bytes, 1 or more
	 * @throws CommandException if it is no size
	 */
	public static long parse(String text) throws CommandException {
		String upper = text.strip().toUpperCase(Locale.ROOT);
		int digits = 0;
		while (digits < upper.length() && Character.digit(upper.charAt(digits), 10) >= 0) {
			digits++;
		}
		int shift = switch (upper.substring(digits)) {
			case "", "B" -> 0;
			case "K", "KB", "KIB" -> 10;
			case "M", "MB", "MIB" -> 20;
			case "G", "GB", "GIB" -> 30;
			case "T", "TB", "TIB" -> 40;
			default -> -1;
		};
		if (digits == 0 || shift < 0) {
			throw usage("'" + text + "' is no size: write bytes, or a number with K, M, G or T, as in 512M");
		}
		try {
			long size = Math.multiplyExact(Long.parseLong(upper.substring(0, digits)), 1L << shift);
			if (size > 0) {
				return size;
			}
		} catch (NumberFormatException | ArithmeticException e) {
			throw usage("'" + text + "' is a larger size than can be counted");
		}
		throw usage("'" + text + "': a size must be more than 0");
	}

	/** @return the size with the largest unit that divides it, as {@link #parse} reads it */
	public static String format(long bytes) {
		String units = "KMGT";
		int unit = -1;
		long value = bytes;
		while (unit < units.length() - 1 && value != 0 && value % 1024 == 0) {
			value /= 1024;
			unit++;
		}
		return unit < 0 ? Long.toString(value) : value + units.substring(unit, unit + 1);
	}
}
