package mshv.shell;

import java.io.IOException;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import mshv.shell.guest.Guest;
import mshv.shell.guest.GuestConfig;
import mshv.shell.guest.Guests;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.Terminals;

/** Commands that make guests. */
@Component(service = BootCommands.class)
@GogoCommand(scope = "mshv", function = {"create", "boot", "run", "attach"})
public final class BootCommands {
	/** What a guest gets that is not given a command line: its console on the serial line, and an end after a panic. */
	static final String COMMAND_LINE = "console=ttyS0 panic=-1";

	private final Guests guests;

	/** @param guests keeps the guests */
	@Activate
	public BootCommands(@Reference Guests guests) {
		this.guests = guests;
	}

	/** @return the new guest's id */
	@Descriptor("Creates a guest with a Linux kernel in its memory, which 'resume' starts.")
	public String create(CommandSession session,
			@Descriptor("FILE with the kernel, a bzImage or vmlinux") @Completes(Source.FILES)
			@Parameter(names = {"-k", "--kernel"}, absentValue = "") String kernel,
			@Descriptor("FILE with the initial file system") @Completes(Source.FILES)
			@Parameter(names = {"-i", "--initrd"}, absentValue = "") String initrd,
			@Descriptor("TEXT of the kernel's command line, default '" + COMMAND_LINE + "'")
			@Parameter(names = {"-c", "--cmdline"}, absentValue = COMMAND_LINE) String commandLine,
			@Descriptor("SIZE of the memory, default 512M") @Parameter(names = {"-m", "--memory"}, absentValue = "512M") String memory,
			@Descriptor("NUMBER of processors up to 64, default 1") @Parameter(names = {"-n", "--cpus"}, absentValue = "1") String cpus,
			@Descriptor("NAME of the backend, default the best one") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("create", 0, rest);
		return guests.create(linux("create", session, kernel, initrd, commandLine, memory, cpus, backend)).id();
	}

	private static GuestConfig linux(String command, CommandSession session, String kernel, String initrd, String commandLine,
			String memory, String cpus, String backend) throws CommandException {
		if (kernel.isEmpty()) {
			throw GuestArguments.missing(command, "--kernel FILE");
		}
		return new GuestConfig(backend, GuestArguments.memory(memory), GuestArguments.cpus(cpus), new GuestConfig.Linux(
			GuestArguments.file(session, kernel), GuestArguments.optionalFile(session, initrd), commandLine));
	}

	/** @return how the guest ended, null if it goes on */
	@Descriptor("Boots a Linux kernel, with its serial line on standard input and output.")
	public CommandResult boot(CommandSession session,
			@Descriptor("FILE with the kernel, a bzImage or vmlinux") @Completes(Source.FILES)
			@Parameter(names = {"-k", "--kernel"}, absentValue = "") String kernel,
			@Descriptor("FILE with the initial file system") @Completes(Source.FILES)
			@Parameter(names = {"-i", "--initrd"}, absentValue = "") String initrd,
			@Descriptor("TEXT of the kernel's command line, default '" + COMMAND_LINE + "'")
			@Parameter(names = {"-c", "--cmdline"}, absentValue = COMMAND_LINE) String commandLine,
			@Descriptor("SIZE of the memory, default 512M") @Parameter(names = {"-m", "--memory"}, absentValue = "512M") String memory,
			@Descriptor("NUMBER of processors up to 64, default 1") @Parameter(names = {"-n", "--cpus"}, absentValue = "1") String cpus,
			@Descriptor("NAME of the backend, default the best one") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("SECONDS after which the guest is stopped")
			@Parameter(names = {"-t", "--timeout"}, absentValue = "") String timeout,
			@Descriptor("start the guest and leave it to itself")
			@Parameter(names = {"-d", "--detach"}, presentValue = "true", absentValue = "false") boolean detach,
			@Descriptor("") String... rest) throws CommandException, IOException, InterruptedException {
		GuestArguments.atMost("boot", 0, rest);
		long deadline = GuestArguments.deadline(timeout);
		return start(linux("boot", session, kernel, initrd, commandLine, memory, cpus, backend), session, Terminals.of(session), deadline,
			detach);
	}

	private CommandResult start(GuestConfig config, CommandSession session, HostTerminal terminal, long deadline, boolean detach)
			throws CommandException, IOException, InterruptedException {
		Guest guest = guests.create(config);
		guest.resume();
		if (detach) {
			terminal.message(guest.id() + " runs");
			return null;
		}
		return new Foreground(guests, session, terminal).stay(guest, deadline);
	}

	/** @return how the guest ended, null if it goes on */
	@Descriptor("Runs a multiboot image: what it writes to ports 0x3F8 and 0xE9 is the output, what it writes to 0xF4 the exit status.")
	public CommandResult run(CommandSession session,
			@Descriptor("SIZE of the memory, default 256M") @Parameter(names = {"-m", "--memory"}, absentValue = "256M") String memory,
			@Descriptor("NUMBER of processors up to 64, default 1") @Parameter(names = {"-n", "--cpus"}, absentValue = "1") String cpus,
			@Descriptor("TEXT of the image's command line") @Parameter(names = {"-a", "--append"}, absentValue = "") String append,
			@Descriptor("FILE that is handed over as a module") @Completes(Source.FILES)
			@Parameter(names = {"-i", "--module"}, absentValue = "") String module,
			@Descriptor("NAME of the backend, default the best one") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("SECONDS after which the guest is stopped")
			@Parameter(names = {"-t", "--timeout"}, absentValue = "") String timeout,
			@Descriptor("FILE: an image for a multiboot 1 loader") @Completes(Source.FILES) String... file)
			throws CommandException, IOException, InterruptedException {
		GuestArguments.atMost("run", 1, file);
		if (file.length == 0) {
			throw GuestArguments.missing("run", "FILE");
		}
		long deadline = GuestArguments.deadline(timeout);
		GuestConfig config = new GuestConfig(backend, GuestArguments.memory(memory), GuestArguments.cpus(cpus),
			new GuestConfig.Multiboot(GuestArguments.file(session, file[0]), GuestArguments.optionalFile(session, module), append));
		// Without input: a loop over images reads their names from it
		return start(config, session, Terminals.ofOutput(session), deadline, false);
	}

	/** @return how the guest ended, null if it goes on */
	@Descriptor("Puts this terminal on the console of a guest.")
	public CommandResult attach(CommandSession session,
			@Descriptor("SECONDS after which the guest is stopped")
			@Parameter(names = {"-t", "--timeout"}, absentValue = "") String timeout,
			@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... guest) throws CommandException, IOException, InterruptedException {
		GuestArguments.atMost("attach", 1, guest);
		Guest found = guests.find(guest.length == 0 ? "" : guest[0]);
		return new Foreground(guests, session, Terminals.of(session)).stay(found, GuestArguments.deadline(timeout));
	}
}
