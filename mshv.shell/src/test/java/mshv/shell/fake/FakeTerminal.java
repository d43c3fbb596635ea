package mshv.shell.fake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.RawMode;

/** A terminal with a typist. */
public final class FakeTerminal implements HostTerminal {
	private final boolean interactive;
	private final ByteArrayOutputStream output = new ByteArrayOutputStream();
	private final Queue<Integer> keys = new ConcurrentLinkedQueue<>();
	/** Messages and mode changes in their order. */
	public final List<String> events = new CopyOnWriteArrayList<>();

	/** @param interactive whether a person is there */
	public FakeTerminal(boolean interactive) {
		this.interactive = interactive;
	}

	/** Types keys. */
	public FakeTerminal type(String text) {
		text.chars().forEach(keys::add);
		return this;
	}

	/** @return what the guest printed */
	public String printed() {
		return output.toString(StandardCharsets.UTF_8);
	}

	/** @return keys that nobody has read */
	public int unread() {
		return keys.size();
	}

	@Override
	public boolean isInteractive() {
		return interactive;
	}

	@Override
	public int poll() {
		Integer key = keys.poll();
		return key == null ? NOTHING : key;
	}

	@Override
	public Optional<Extent> extent() {
		return Optional.empty();
	}

	@Override
	public OutputStream output() {
		return output;
	}

	@Override
	public void message(String line) {
		events.add(line);
	}

	@Override
	public RawMode raw() throws IOException {
		return RawMode.enter(new RawMode.Settings() {
			@Override
			public void makeRaw() {
				events.add("raw");
			}

			@Override
			public void restore() {
				events.add("restore");
			}
		});
	}
}
