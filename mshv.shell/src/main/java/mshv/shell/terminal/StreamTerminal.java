package mshv.shell.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Optional;

/** Standard streams as they are: a pipe, a file, or a terminal that stty(1) can set. */
public final class StreamTerminal implements HostTerminal {
	private final InputStream input;
	private final OutputStream output;
	private final PrintStream errors;
	private final Optional<? extends RawMode.Settings> settings;

	StreamTerminal(InputStream input, OutputStream output, PrintStream errors, Optional<? extends RawMode.Settings> settings) {
		this.input = input;
		this.output = output;
		this.errors = errors;
		this.settings = settings;
	}

	/** @param input leads to the standard input of the process; its {@code available} must tell the truth
	 * @param output takes what the guest writes
	 * @param errors takes messages */
	static StreamTerminal of(InputStream input, OutputStream output, PrintStream errors) {
		return new StreamTerminal(input, output, errors, Stty.ofStandardInput());
	}

	@Override
	public boolean isInteractive() {
		return settings.isPresent();
	}

	@Override
	public int poll() throws IOException {
		// A blocked read could not be taken back when the guest ends; at the end of a file this is 0 for ever, which is right
		return input.available() > 0 ? input.read() : NOTHING;
	}

	@Override
	public Optional<Extent> extent() {
		return settings.flatMap(RawMode.Settings::extent);
	}

	@Override
	public OutputStream output() {
		return output;
	}

	@Override
	public void message(String line) {
		errors.println(line);
		errors.flush();
	}

	@Override
	public RawMode raw() throws IOException {
		return settings.isPresent() ? RawMode.enter(settings.get()) : RawMode.none();
	}
}
