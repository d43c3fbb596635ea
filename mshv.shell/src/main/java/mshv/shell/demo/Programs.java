package mshv.shell.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Runs programs of the host's system. */
interface Programs {
	/** How a program ended. @param status its exit status @param output standard output @param errors standard error */
	record Result(int status, String output, String errors) {}

	/** Runs a program to its end.
	 * @param directory where
	 * @param command program and arguments
	 * @param waiting called about every second while the program runs
	 * @throws IOException if it cannot be started */
	Result run(Path directory, List<String> command, Runnable waiting) throws IOException, InterruptedException;
}
