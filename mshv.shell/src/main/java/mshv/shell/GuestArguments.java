package mshv.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;

import mshv.api.MemoryRegion;
import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;
import mshv.shell.text.Numbers;
import mshv.shell.text.Sizes;

/** Arguments that several commands have. */
final class GuestArguments {
	private GuestArguments() {}

	/** Refuses words that no option has taken.
	 * @param command named in the complaint @param rest as typed @param most how many there may be */
	static void atMost(String command, int most, String... rest) throws CommandException {
		for (String word : rest) {
			if (word.startsWith("-") && word.length() > 1 && !word.matches("-[0-9].*")) {
				int equals = word.indexOf('=');
				throw CommandException.usage(command + ": unknown option " + word
					+ (equals > 0 ? ", write " + word.substring(0, equals) + " " + word.substring(equals + 1) : "") + hint(command));
			}
		}
		if (rest.length > most) {
			throw CommandException.usage(command + ": unexpected argument '" + rest[most] + "'" + hint(command));
		}
	}

	/** @return a complaint that something is missing */
	static CommandException missing(String command, String what) {
		return CommandException.usage(command + ": " + what + " is missing" + hint(command));
	}

	private static String hint(String command) {
		return " (see 'help " + command + "')";
	}

	/** @param name as typed, relative to the session's folder @return a file that can be read */
	static Path file(CommandSession session, String name) throws CommandException {
		Path file = session.currentDir().resolve(name);
		if (!Files.exists(file)) {
			throw new CommandException(ExitStatus.NO_FILE, name + ": no such file");
		}
		if (Files.isDirectory(file) || !Files.isReadable(file)) {
			throw new CommandException(ExitStatus.NO_FILE, name + (Files.isDirectory(file) ? ": is a folder" : ": may not be read"));
		}
		return file;
	}

	/** @param name as typed, empty for none */
	static Optional<Path> optionalFile(CommandSession session, String name) throws CommandException {
		return name.isEmpty() ? Optional.empty() : Optional.of(file(session, name));
	}

	/** @return a size of guest memory */
	static long memory(String text) throws CommandException {
		long size = Sizes.parse(text);
		if (size % MemoryRegion.PAGE_SIZE != 0) {
			throw new CommandException(ExitStatus.MEMORY_UNALIGNED, "memory '" + text + "' is not a multiple of " + MemoryRegion.PAGE_SIZE
				+ " bytes");
		}
		return size;
	}

	/** @return a number of processors */
	static int cpus(String text) throws CommandException {
		return Numbers.parse("number of processors", text, 1, 256);
	}

	/** @param text seconds, empty for no limit @return a deadline as of {@link System#nanoTime} */
	static long deadline(String text) throws CommandException {
		return System.nanoTime() + (text.isEmpty() ? Long.MAX_VALUE / 2 : Numbers.seconds("timeout", text).toNanos());
	}

	/** @return the words but the first */
	static List<String> tail(String... words) {
		return List.of(words).subList(Math.min(1, words.length), words.length);
	}
}
