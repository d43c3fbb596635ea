package mshv.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import mshv.api.Disassembler;
import mshv.api.Intercept;
import mshv.api.InterruptRequest;
import mshv.fake.FakeEvents;
import mshv.shell.fake.Images;
import mshv.shell.fake.Intercepts;
import mshv.shell.fake.ScriptedHypervisor;
import mshv.shell.guest.Guests;
import mshv.shell.guest.MachineFactory;
import mshv.shell.help.CommandDescription;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;

/** Commands through Gogo's own processor, on a hypervisor that plays a script. */
@Timeout(60)
class CommandsTest {
	private static final List<Class<?>> CLASSES = List.of(BootCommands.class, ControlCommands.class, InspectCommands.class,
		SystemCommands.class);

	@TempDir
	Path folder;
	private final ThreadIOImpl threadIo = new ThreadIOImpl();
	private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
	private final ByteArrayOutputStream out = new ByteArrayOutputStream();
	private final ByteArrayOutputStream err = new ByteArrayOutputStream();
	private final CommandSession session = processor.createSession(new ByteArrayInputStream(new byte[0]), out, err);
	private ScriptedHypervisor hypervisor;
	private Guests guests;

	@BeforeEach
	void prepare() throws Exception {
		threadIo.start();
		Images.multiboot(folder);
		session.currentDir(folder);
		session.put("SCOPE", "mshv:*");
		script();
	}

	@AfterEach
	void end() {
		guests.closeAll();
		session.close();
		processor.stop();
		threadIo.stop();
	}

	private void script(Intercept... intercepts) {
		CommandDescription.of(CLASSES).forEach(command -> processor.removeCommand("mshv", command.name()));
		hypervisor = new ScriptedHypervisor("fake", intercepts);
		guests = new Guests(new MachineFactory(new FakeEvents(), List.of(hypervisor)));
		Disassembler nops = (code, mode, address) -> List.of(new Disassembler.Line(address, new byte[] {code[0]}, "nop in mode " + mode));
		for (Object commands : List.of(new BootCommands(guests), new ControlCommands(guests), new InspectCommands(guests, nops),
			new SystemCommands(guests, List.of(hypervisor)))) {
			CommandDescription.of(List.of(commands.getClass())).forEach(command -> processor.addCommand("mshv", commands, command.name()));
		}
	}

	private Object execute(String line) throws Exception {
		return session.execute(line);
	}

	private CommandException refusal(String line) {
		return assertThrows(CommandException.class, () -> execute(line));
	}

	@Test
	void runShowsWhatIsPrintedAndReturnsTheExitPort() throws Exception {
		script(Intercepts.script(Intercepts.print("PASS\n"), Intercepts.exit(0)));
		assertEquals(new CommandResult(1, ""), execute("run image --memory 4M --append 'a b'"));
		assertEquals("PASS\n", out.toString());
		assertEquals(List.of(), guests.list());
	}

	@Test
	void bootLeavesADetachedGuestRunning() throws Exception {
		assertNull(execute("boot --kernel image --memory 4M --detach"));
		assertTrue(err.toString().contains("vm1 runs"), err::toString);
		assertTrue(execute("guests").toString().contains("vm1    running  fake         4M           1  image"),
			() -> guests.list().toString());
		assertNull(execute("destroy vm1"));
		assertEquals(List.of(), hypervisor.partitions());
	}

	@Test
	void attachStaysToTheEnd() throws Exception {
		script(Intercepts.script(Intercepts.print("bye\n"), Intercepts.powerOff()));
		assertEquals("vm1", execute("create --kernel image --memory 4M"));
		execute("resume vm1");
		assertEquals(0, ((CommandResult) execute("attach vm1")).status());
		assertEquals("bye\n", out.toString());
	}

	@Test
	void aTimeoutEndsTheGuest() throws Exception {
		assertEquals(ExitStatus.TIMEOUT.code(), ((CommandResult) execute("run image --memory 4M --timeout 0.05")).status());
		assertEquals(List.of(), hypervisor.partitions());
	}

	@Test
	void wrongArgumentsAreRefusedInWords() {
		assertEquals("boot: unknown option --kernal (see 'help boot')", refusal("boot --kernal image").getMessage());
		assertEquals("boot: unknown option --kernel=image, write --kernel image (see 'help boot')",
			refusal("boot --kernel=image").getMessage());
		assertEquals("run: unexpected argument 'two' (see 'help run')", refusal("run image two").getMessage());
		assertEquals("run: FILE is missing (see 'help run')", refusal("run").getMessage());
		assertEquals("boot: --kernel FILE is missing (see 'help boot')", refusal("boot").getMessage());
		assertEquals(ExitStatus.USAGE, refusal("run image --timeout soon").status());
		assertEquals(ExitStatus.USAGE, refusal("run image --cpus two").status());
		assertEquals(ExitStatus.USAGE, refusal("run image --memory 12Q").status());
	}

	@Test
	void badFilesAndSizesHaveTheirStatus() {
		assertEquals(ExitStatus.NO_FILE, refusal("run none").status());
		assertEquals(ExitStatus.NO_FILE, refusal("run .").status());
		assertEquals(ExitStatus.NO_FILE, refusal("boot --kernel image --initrd none").status());
		assertEquals(ExitStatus.MEMORY_UNALIGNED, refusal("run image --memory 5000000").status());
		assertEquals(ExitStatus.UNKNOWN_BACKEND, refusal("run image --backend kvm").status());
		assertEquals(List.of(), guests.list());
	}

	@Test
	void memoryIsWrittenAndDumped() throws Exception {
		execute("create --kernel image --memory 4M");
		assertNull(execute("memory 0x200000 --write 48656c6c6f"));
		assertEquals("0000000000200000  48 65 6c 6c 6f 00 00 00                           |Hello...|", execute("memory vm1 0x200000 8"));
		assertEquals("0000000000200001  65                                                |e|", execute("memory --physical 0x200001 1"));
		assertEquals("0x50000000: page not present", refusal("translate 0x50000000").getMessage());
		assertEquals("0x50000000 cannot be read: page not present", refusal("memory 0x50000000").getMessage());
		assertTrue(refusal("memory --physical 0x400000").getMessage().contains("not within the guest's memory"));
		assertEquals("0x200123", execute("translate 0x200123"));
	}

	@Test
	void aDumpEndsWhereMemoryEnds() throws Exception {
		execute("create --kernel image --memory 4M");
		assertEquals(1, execute("memory 0x3ffff0 64").toString().lines().count());
	}

	@Test
	void registersAreShownAndWritten() throws Exception {
		execute("create --kernel image --memory 4M");
		assertNull(execute("registers rbx=0x1234 RCX=5"));
		assertEquals("""
			REGISTER  VALUE
			rbx       0000000000001234
			rcx       0000000000000005""", execute("registers vm1 rbx rcx"));
		String all = execute("registers").toString();
		assertTrue(all.contains("rip    0000000000100020"), all);
		assertTrue(all.contains("32-bit protected mode"), all);
		assertEquals("no register 'eax'", refusal("registers eax").getMessage());
		assertEquals("vm1 has no processor 1", refusal("registers --processor 1").getMessage());
	}

	@Test
	void codeIsDisassembledInTheProcessorsMode() throws Exception {
		execute("create --kernel image --memory 4M");
		assertEquals("0000000000100020  90                              nop in mode 32", execute("disassemble"));
		assertEquals("0000000000100040  90                              nop in mode 32", execute("disassemble vm1 0x100040 1"));
	}

	@Test
	void interruptsAreAssertedAndTheApicIsShown() throws Exception {
		execute("create --kernel image --memory 4M");
		assertNull(execute("interrupts vm1 --assert 32"));
		assertNull(execute("interrupts --nmi"));
		assertEquals(List.of(InterruptRequest.fixed(32, 0), new InterruptRequest(InterruptRequest.Type.NMI, 0, 0, false, false)),
			hypervisor.asserted);
		assertTrue(execute("interrupts").toString().contains("requested:  none"));
		assertEquals(ExitStatus.USAGE, refusal("interrupts --assert 3").status());
	}

	@Test
	void statisticsAreATable() throws Exception {
		execute("create --kernel image --memory 4M");
		assertEquals("""
			PROCESSOR  INSTRUCTIONS  SECONDS  MIPS  INTERCEPTS  INTERRUPTS
			        0       5000000     0.10  50.0          17           3""", execute("statistics"));
	}

	@Test
	void steppingNeedsTheBackend() throws Exception {
		execute("create --kernel image --memory 4M");
		execute("resume");
		execute("pause");
		assertTrue(refusal("step").getMessage().startsWith("the backend cannot step"));
	}

	@Test
	void partitionsAndBackendsAreTables() throws Exception {
		execute("create --kernel image --memory 4M");
		assertEquals("""
			BACKEND  PARTITION  PROCESSORS  MEMORY  GUEST
			fake             7           1      4M  vm1""", execute("partitions"));
		assertEquals("BACKEND  PARTITIONS\nfake              1", execute("backends"));
	}

	@Test
	void everyCommandIsDescribedInFull() {
		for (CommandDescription command : CommandDescription.of(CLASSES)) {
			assertTrue(command.summary().endsWith("."), command::name);
			assertEquals(List.of(), command.options().stream().filter(option -> option.description().isBlank()).toList());
			// The name of a value stands first
			assertEquals("", command.options().stream().filter(option -> !option.flag() && !option.description().matches("[A-Z]+ .*"))
				.map(option -> command.name() + option.names()).collect(Collectors.joining()));
		}
	}
}
