package mshv.shell.terminal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The settings of the terminal on standard input, by stty(1): what a process without a terminal library has. */
final class Stty implements RawMode.Settings {
	/** Bytes as typed and at once, no echo, no signals; output goes on to be processed, so that our own lines end at the margin. */
	private static final List<String> RAW = List.of("-icanon", "-echo", "-isig", "-iexten", "-icrnl", "-inlcr", "-igncr", "-ixon",
		"-istrip", "min", "1", "time", "0");

	private final String saved;

	private Stty(String saved) {
		this.saved = saved;
	}

	/** @return the settings of standard input, empty if it is no terminal or there is no stty */
	static Optional<Stty> ofStandardInput() {
		try {
			return Optional.of(new Stty(run(List.of("-g"))));
		} catch (IOException e) {
			return Optional.empty();
		}
	}

	@Override
	public void makeRaw() throws IOException {
		run(RAW);
	}

	@Override
	public void restore() {
		try {
			run(List.of(saved));
		} catch (IOException e) {
			System.err.println("mshv: the terminal's settings could not be restored: try 'stty sane'");
		}
	}

	@Override
	public Optional<HostTerminal.Extent> extent() {
		try {
			String[] numbers = run(List.of("size")).split(" ");
			HostTerminal.Extent extent = new HostTerminal.Extent(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
			return extent.lines() > 0 && extent.columns() > 0 ? Optional.of(extent) : Optional.empty();
		} catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
			return Optional.empty();
		}
	}

	private static String run(List<String> arguments) throws IOException {
		List<String> command = new ArrayList<>(List.of("stty"));
		command.addAll(arguments);
		Process process = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT)
			.redirectError(ProcessBuilder.Redirect.DISCARD).start();
		boolean interrupted = false;
		try {
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
			while (true) {
				try {
					if (process.waitFor() != 0) {
						throw new IOException("stty " + String.join(" ", arguments) + " fails");
					}
					return output;
				} catch (InterruptedException e) {
					// The settings matter more: it ends within milliseconds
					interrupted = true;
				}
			}
		} finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}
}
