package mshv.shell.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumSet;
import java.util.Optional;

import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingInputStream;

/** The terminal of an interactive console. Loaded only where JLine is there. */
final class JLineTerminal implements HostTerminal {
	/** JLine waits for ever on 0. */
	private static final int SHORTEST_WAIT = 1;

	private final Terminal terminal;

	JLineTerminal(Terminal terminal) {
		this.terminal = terminal;
	}

	/** Has the interrupt key do something. @return undoes that */
	AutoCloseable onInterrupt(Runnable action) {
		Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> action.run());
		return () -> terminal.handle(Terminal.Signal.INT, before);
	}

	@Override
	public boolean isInteractive() {
		return !terminal.getType().startsWith(Terminal.TYPE_DUMB);
	}

	@Override
	public int poll() throws IOException {
		// Bytes, not the characters of the terminal's reader: the guest decodes them
		return terminal.input() instanceof NonBlockingInputStream input ? Math.max(input.read(SHORTEST_WAIT), NOTHING) : NOTHING;
	}

	@Override
	public Optional<Extent> extent() {
		return terminal.getHeight() > 0 && terminal.getWidth() > 0 ? Optional.of(new Extent(terminal.getHeight(), terminal.getWidth()))
			: Optional.empty();
	}

	@Override
	public OutputStream output() {
		terminal.writer().flush();
		return terminal.output();
	}

	@Override
	public void message(String line) {
		terminal.writer().println(line);
		terminal.writer().flush();
	}

	@Override
	public RawMode raw() throws IOException {
		if (!isInteractive()) {
			return RawMode.none();
		}
		Attributes saved = terminal.getAttributes();
		return RawMode.enter(new RawMode.Settings() {
			@Override
			public void makeRaw() {
				Attributes raw = new Attributes(saved);
				raw.setLocalFlags(EnumSet.of(LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.ISIG, LocalFlag.IEXTEN), false);
				raw.setInputFlags(EnumSet.of(InputFlag.ICRNL, InputFlag.INLCR, InputFlag.IGNCR, InputFlag.IXON, InputFlag.ISTRIP), false);
				raw.setControlChar(ControlChar.VMIN, 1);
				raw.setControlChar(ControlChar.VTIME, 0);
				terminal.setAttributes(raw);
			}

			@Override
			public void restore() {
				terminal.setAttributes(saved);
			}
		});
	}
}
