package mshv.shell.text;

import static mshv.shell.status.CommandException.usage;

import java.time.Duration;

import mshv.shell.status.CommandException;

/** Numbers and times in the spelling of a command line. */
public final class Numbers {
	private Numbers() {}

	/** Parses a number, decimal or hexadecimal after 0x; up to 64 bits, unsigned if hexadecimal, in which {@code _} may group digits.
	 * @param what named in the complaint */
	public static long parse(String what, String text) throws CommandException {
		try {
			return text.startsWith("0x") || text.startsWith("0X") ? Long.parseUnsignedLong(text.substring(2).replace("_", ""), 16)
				: Long.parseLong(text);
		} catch (NumberFormatException e) {
			throw usage(what + " '" + text + "' is no number: write it in decimal, or in hexadecimal after 0x");
		}
	}

	/** Parses a number within bounds. @param what named in the complaint */
	public static int parse(String what, String text, int least, int most) throws CommandException {
		long value = parse(what, text);
		if (value < least || value > most) {
			throw usage(what + " '" + text + "' is not within " + least + " and " + most);
		}
		return (int) value;
	}

	/** Parses seconds, fractions allowed, more than 0. @param what named in the complaint */
	public static Duration seconds(String what, String text) throws CommandException {
		try {
			double seconds = Double.parseDouble(text.endsWith("s") ? text.substring(0, text.length() - 1) : text);
			if (seconds > 0 && seconds < 1e9) {
				return Duration.ofNanos((long) (seconds * 1e9));
			}
		} catch (NumberFormatException e) {
			throw usage(what + " '" + text + "' is no number of seconds");
		}
		throw usage(what + " '" + text + "' is no number of seconds above 0");
	}
}
