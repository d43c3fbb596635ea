package mshv.shell.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

class StreamTerminalTest {
	@Test
	void pollingNeverWaits() throws IOException {
		PipedOutputStream keyboard = new PipedOutputStream();
		HostTerminal terminal = new StreamTerminal(new PipedInputStream(keyboard), new ByteArrayOutputStream(), System.err,
			Optional.empty());
		assertEquals(HostTerminal.NOTHING, terminal.poll());
		keyboard.write(new byte[] {'a', (byte) 0xff});
		assertEquals('a', terminal.poll());
		assertEquals(0xff, terminal.poll());
		assertEquals(HostTerminal.NOTHING, terminal.poll());
	}

	@Test
	void aPipeHasNoRawMode() throws IOException {
		HostTerminal terminal = new StreamTerminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), System.err,
			Optional.empty());
		assertFalse(terminal.isInteractive());
		terminal.raw().close();
	}

	@Test
	void aTerminalIsMadeRawAndRestored() throws IOException {
		List<String> calls = new ArrayList<>();
		HostTerminal terminal = new StreamTerminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), System.err,
			Optional.of(new RawMode.Settings() {
			@Override
			public void makeRaw() {
				calls.add("raw");
			}

			@Override
			public void restore() {
				calls.add("restore");
			}
		}));
		assertTrue(terminal.isInteractive());
		terminal.raw().close();
		assertEquals(List.of("raw", "restore"), calls);
	}
}
