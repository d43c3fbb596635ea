package mshv.shell.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import mshv.api.Intercept;
import mshv.fake.FakeEvents;
import mshv.shell.fake.FakeTerminal;
import mshv.shell.fake.Images;
import mshv.shell.fake.Intercepts;
import mshv.shell.fake.ScriptedHypervisor;
import mshv.shell.guest.GuestConfig.Linux;
import mshv.shell.guest.GuestConfig.Multiboot;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;
import mshv.vmm.Machine;

@Timeout(60)
class GuestsTest {
	private static final long NEVER = Long.MAX_VALUE / 2;

	@TempDir
	Path folder;
	private Path image;
	private ScriptedHypervisor hypervisor = new ScriptedHypervisor("fake");
	private Guests guests;

	@BeforeEach
	void writeImage() throws IOException {
		image = Images.multiboot(folder);
		script();
	}

	@AfterEach
	void endGuests() {
		guests.closeAll();
		assertEquals(List.of(), hypervisor.partitions());
	}

	private void script(Intercept... intercepts) {
		hypervisor = new ScriptedHypervisor("fake", intercepts);
		guests = new Guests(new MachineFactory(new FakeEvents(), List.of(new ScriptedHypervisor("worse"), hypervisor)));
	}

	private GuestConfig config(Path file) {
		return new GuestConfig("", 4 << 20, 1, new Multiboot(file, Optional.empty(), ""));
	}

	private Guest start() throws CommandException {
		Guest guest = guests.create(config(image));
		guest.resume();
		return guest;
	}

	private CommandResult runToItsEnd(FakeTerminal terminal) throws Exception {
		Guest guest = start();
		assertEquals(Attachment.End.GUEST_ENDED, Attachment.attach(guest, terminal, System.nanoTime() + NEVER));
		return Endings.result(guest);
	}

	private CommandResult runToItsEnd() throws Exception {
		return runToItsEnd(new FakeTerminal(false));
	}

	private ExitStatus refusal(GuestConfig config) {
		CommandException refusal = assertThrows(CommandException.class, () -> guests.create(config));
		assertEquals(1, refusal.getMessage().lines().count());
		return refusal.status();
	}

	@Test
	void allThatIsPrintedIsShownBeforeTheEnd() throws Exception {
		script(Intercepts.script(Intercepts.print("hello\nworld"), Intercepts.powerOff()));
		FakeTerminal terminal = new FakeTerminal(false);
		assertEquals(0, runToItsEnd(terminal).status());
		assertEquals("hello\nworld", terminal.printed());
	}

	@Test
	void everyEndHasItsStatus() throws Exception {
		script(Intercepts.reset());
		assertEquals(ExitStatus.RESET.code(), runToItsEnd().status());
		script(Intercepts.tripleFault());
		assertEquals(ExitStatus.TRIPLE_FAULT.code(), runToItsEnd().status());
		script(Intercepts.halt());
		assertEquals(ExitStatus.HALTED.code(), runToItsEnd().status());
	}

	@Test
	void aResetAfterAPanicIsAPanic() throws Exception {
		script(Intercepts.script(Intercepts.print("Kernel panic - not syncing: no init\r\n"), Intercepts.reset()));
		assertEquals(ExitStatus.PANIC.code(), runToItsEnd().status());
	}

	@Test
	void theExitPortIsAnOddStatusWithoutWords() throws Exception {
		script(Intercepts.exit(0));
		assertEquals(new CommandResult(1, ""), runToItsEnd());
		script(Intercepts.exit(38));
		assertEquals(77, runToItsEnd().status());
		script(Intercepts.exit(0xFFFFFF));
		assertEquals(255, runToItsEnd().status());
	}

	@Test
	void theTimeCanBeUp() throws Exception {
		script(Intercepts.print("working\n"));
		Guest guest = start();
		assertEquals(Attachment.End.TIMED_OUT, Attachment.attach(guest, new FakeTerminal(false), System.nanoTime() + 50_000_000));
		assertEquals(ExitStatus.TIMEOUT.code(), Endings.timeout(guest).status());
	}

	@Test
	void theEscapeKeyLeavesAGuestThatGoesOn() throws Exception {
		Guest guest = start();
		FakeTerminal terminal = new FakeTerminal(true).type("ab\u001dc");
		assertEquals(Attachment.End.ESCAPED, Attachment.attach(guest, terminal, System.nanoTime() + NEVER));
		assertEquals(List.of("raw", "restore"), terminal.events);
		assertEquals(1, terminal.unread());
		assertEquals(Machine.State.RUNNING, guest.machine().state());
		// And back
		assertEquals(Attachment.End.ESCAPED, Attachment.attach(guest, terminal.type("\u001d"), System.nanoTime() + NEVER));
	}

	@Test
	void aPipeHasNoEscapeKey() throws Exception {
		script(Intercepts.powerOff());
		FakeTerminal terminal = new FakeTerminal(false).type("\u001d");
		assertEquals(ExitStatus.POWER_OFF.code(), runToItsEnd(terminal).status());
	}

	@Test
	void aGuestPausesAndGoesOn() throws Exception {
		Guest guest = start();
		guest.pause();
		assertEquals(Machine.State.PAUSED, guest.machine().state());
		guest.resume();
		guest.pause();
		assertEquals(Machine.State.PAUSED, guest.machine().state());
	}

	@Test
	void aGuestInTheWrongStateSaysSo() throws Exception {
		Guest guest = guests.create(config(image));
		assertEquals("vm1 was not started", assertThrows(CommandException.class, guest::pause).getMessage());
		assertEquals("vm1 is not paused", assertThrows(CommandException.class, () -> guest.step(0)).getMessage());
		guest.resume();
		assertEquals("vm1 runs already", assertThrows(CommandException.class, guest::resume).getMessage());
		assertEquals(ExitStatus.WRONG_STATE, assertThrows(CommandException.class, () -> guest.step(0)).status());
	}

	@Test
	void aGuestIsFoundByItsIdOrIfItIsTheOnlyOne() throws Exception {
		assertEquals(ExitStatus.NO_SUCH_GUEST, assertThrows(CommandException.class, () -> guests.find("")).status());
		Guest first = guests.create(config(image));
		assertEquals(first, guests.find(""));
		Guest second = guests.create(config(image));
		assertEquals(second, guests.find("vm2"));
		assertTrue(assertThrows(CommandException.class, () -> guests.find("")).getMessage().contains("vm1, vm2"));
		assertThrows(CommandException.class, () -> guests.find("vm3"));
		guests.remove(first);
		assertEquals(second, guests.find(""));
	}

	@Test
	void everyKindOfBadInputHasItsStatus() throws IOException {
		Path text = Files.writeString(folder.resolve("text"), "#!/bin/sh\n");
		Path cut = Files.write(folder.resolve("cut"), new byte[] {0x7f, 'E', 'L', 'F', 2, 1});
		Multiboot good = new Multiboot(image, Optional.empty(), "");
		assertEquals(ExitStatus.NO_FILE, refusal(config(folder.resolve("none"))));
		assertEquals(ExitStatus.NOT_A_KERNEL, refusal(config(text)));
		assertEquals(ExitStatus.TRUNCATED, refusal(config(cut)));
		assertEquals(ExitStatus.MEMORY_TOO_SMALL, refusal(new GuestConfig("", 4096, 1, good)));
		assertEquals(ExitStatus.MEMORY_UNALIGNED, refusal(new GuestConfig("", (4 << 20) + 1, 1, good)));
		assertEquals(ExitStatus.TOO_MANY_CPUS, refusal(new GuestConfig("", 4 << 20, 200, good)));
		assertEquals(ExitStatus.UNKNOWN_BACKEND, refusal(new GuestConfig("kvm", 4 << 20, 1, good)));
		assertEquals(ExitStatus.COMMAND_LINE_TOO_LONG,
			refusal(new GuestConfig("", 4 << 20, 1, new Multiboot(image, Optional.empty(), "x".repeat(5000)))));
		assertEquals(ExitStatus.KERNEL_TOO_OLD, refusal(new GuestConfig("", 4 << 20, 1, new Linux(oldKernel(), Optional.empty(), ""))));
		assertEquals(List.of(), guests.list());
	}

	/** A bzImage of boot protocol 2.04. */
	private Path oldKernel() throws IOException {
		byte[] kernel = new byte[0x8000];
		kernel[0x1FE] = 0x55;
		kernel[0x1FF] = (byte) 0xAA;
		System.arraycopy("HdrS".getBytes(StandardCharsets.US_ASCII), 0, kernel, 0x202, 4);
		kernel[0x206] = 4;
		kernel[0x207] = 2;
		return Files.write(folder.resolve("old"), kernel);
	}

	@Test
	void theBestBackendIsTakenUnlessOneIsNamed() throws Exception {
		assertEquals("fake", guests.create(config(image)).partition().hypervisor().backend());
		assertEquals("worse", guests.create(new GuestConfig("worse", 4 << 20, 1, new Multiboot(image, Optional.empty(), ""))).partition()
			.hypervisor().backend());
	}

	@Test
	void aDialogueWaitsForTextsAndSeesTheEnd() throws Exception {
		script(Intercepts.script(Intercepts.print("boot\nmshv:/# one\nmshv:/# "), Intercepts.powerOff()));
		Guest guest = start();
		FakeTerminal terminal = new FakeTerminal(false);
		try (Dialogue dialogue = new Dialogue(guest, terminal.output(), System.nanoTime() + NEVER)) {
			assertTrue(dialogue.await("mshv:/# "));
			assertTrue(dialogue.await("mshv:/# "));
			assertEquals(false, dialogue.await("mshv:/# "));
			assertTrue(dialogue.awaitEnd());
		}
		assertEquals("boot\nmshv:/# one\nmshv:/# ", terminal.printed());
	}
}
