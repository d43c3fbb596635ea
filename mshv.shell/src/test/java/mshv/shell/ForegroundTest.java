package mshv.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import mshv.fake.FakeEvents;
import mshv.shell.fake.FakeTerminal;
import mshv.shell.fake.Images;
import mshv.shell.fake.ScriptedHypervisor;
import mshv.shell.guest.Guest;
import mshv.shell.guest.GuestConfig;
import mshv.shell.guest.Guests;
import mshv.shell.guest.MachineFactory;
import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;

/** The escape key with and without a shell behind it. */
@Timeout(60)
class ForegroundTest {
	private static final String ESCAPE = "\u001d";

	@TempDir
	Path folder;
	private final Guests guests = new Guests(new MachineFactory(new FakeEvents(), List.of(new ScriptedHypervisor("fake"))));
	private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
	private final CommandSession session = processor.createSession(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(),
		new ByteArrayOutputStream());
	private final FakeTerminal terminal = new FakeTerminal(true);

	@AfterEach
	void end() {
		guests.closeAll();
		session.close();
	}

	private Guest start() throws IOException, CommandException {
		Guest guest = guests.create(new GuestConfig("", 4 << 20, 1, new GuestConfig.Multiboot(Images.multiboot(folder), Optional.empty(),
			"")));
		guest.resume();
		return guest;
	}

	private Foreground foreground() {
		return new Foreground(guests, session, terminal);
	}

	private static long never() {
		return System.nanoTime() + Long.MAX_VALUE / 2;
	}

	@Test
	void withAShellTheEscapeKeyLeadsThere() throws Exception {
		Guest guest = start();
		terminal.type(ESCAPE);
		assertNull(foreground().stay(guest, never()));
		assertEquals(List.of(guest), guests.list());
		assertTrue(terminal.events.getFirst().contains("Ctrl-]"), terminal.events::toString);
		assertTrue(terminal.events.getLast().contains("attach vm1"), terminal.events::toString);
	}

	@Test
	void withoutAShellTheEscapeKeyAsks() throws Exception {
		session.put("mshv.batch", true);
		Guest guest = start();
		terminal.type("a" + ESCAPE + "c" + ESCAPE + ESCAPE + ESCAPE + "q");
		assertEquals(ExitStatus.QUIT.code(), foreground().stay(guest, never()).status());
		assertEquals(List.of(), guests.list());
		assertEquals(0, terminal.unread());
		assertEquals(terminal.events.stream().filter("raw"::equals).count(), terminal.events.stream().filter("restore"::equals).count());
	}

	@Test
	void aGuestThatOverstaysIsStopped() throws Exception {
		assertEquals(ExitStatus.TIMEOUT.code(), foreground().stay(start(), System.nanoTime() + 20_000_000).status());
		assertEquals(List.of(), guests.list());
	}
}
