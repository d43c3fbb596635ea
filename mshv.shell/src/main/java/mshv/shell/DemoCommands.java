package mshv.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import mshv.shell.demo.DebianPackages;
import mshv.shell.demo.Initramfs;
import mshv.shell.demo.Progress;
import mshv.shell.guest.Dialogue;
import mshv.shell.guest.Endings;
import mshv.shell.guest.Guest;
import mshv.shell.guest.GuestConfig;
import mshv.shell.guest.Guests;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;
import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.Terminals;
import mshv.shell.text.Numbers;

/** Shows the system with a Linux that nobody has to look for. */
@Component(service = DemoCommands.class)
@GogoCommand(scope = "mshv", function = "demo")
public final class DemoCommands {
	/** How long a check may take if nothing else is said, a load not counted. */
	private static final Duration CHECK_TIME = Duration.ofMinutes(5);
	/** Nothing to mitigate on a processor that does not speculate; and the kernel's ciphers are not what is to be shown. */
	private static final String OPTIONS = " mitigations=off cryptomgr.notests";
	private static final String TERMINAL_NAME = "[a-z0-9+-]{1,32}";

	private final Guests guests;

	/** @param guests keeps the guests */
	@Activate
	public DemoCommands(@Reference Guests guests) {
		this.guests = guests;
	}

	/** @return how the guest ended, null if it goes on */
	@Descriptor("Boots Debian's own kernel to a shell. Fetches it on first use and keeps it; 'poweroff' in the guest ends it.")
	public CommandResult demo(CommandSession session,
			@Descriptor("SIZE of the memory, default 512M") @Parameter(names = {"-m", "--memory"}, absentValue = "512M") String memory,
			@Descriptor("NUMBER of processors up to 64, default 1") @Parameter(names = {"-n", "--cpus"}, absentValue = "1") String cpus,
			@Descriptor("NAME of the backend, default the best one") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("TEXT to add to the kernel's command line") @Parameter(names = {"-a", "--append"}, absentValue = "") String append,
			@Descriptor("SECONDS after which the guest is stopped")
			@Parameter(names = {"-t", "--timeout"}, absentValue = "") String timeout,
			@Descriptor("fetch the newest packages even if some are there")
			@Parameter(names = {"-u", "--update"}, presentValue = "true", absentValue = "false") boolean update,
			@Descriptor("no terminal: wait for the prompt, run 'uname -a' and 'poweroff', and tell whether that worked")
			@Parameter(names = "--check", presentValue = "true", absentValue = "false") boolean check,
			@Descriptor("no terminal: keep all processors busy for SECONDS, then tell whether the kernel and its clocks stood it")
			@Parameter(names = "--load", absentValue = "") String load,
			@Descriptor("") String... rest) throws CommandException, IOException, InterruptedException {
		GuestArguments.atMost("demo", 0, rest);
		Duration loaded = load.isEmpty() ? Duration.ZERO : Numbers.seconds("load", load);
		boolean alone = check || !loaded.isZero();
		HostTerminal terminal = alone ? Terminals.ofOutput(session) : Terminals.of(session);
		Progress progress = new Progress(terminal::message);
		long deadline = alone && timeout.isEmpty() ? System.nanoTime() + CHECK_TIME.plus(loaded).toNanos()
			: GuestArguments.deadline(timeout);
		long size = GuestArguments.memory(memory);
		int processors = GuestArguments.cpus(cpus);
		DebianPackages packages = new DebianPackages(System.getenv(), progress);
		Path kernel = packages.kernel(update);
		Path busybox = packages.busybox(update);
		Guest guest = create(kernel, busybox, backend, size, processors, commandLine(terminal, append));
		progress.say("booting " + kernel.getParent().getFileName() + " with " + memory + " of memory");
		try (BootTicker _ = new BootTicker(guest, progress)) {
			guest.resume();
			return alone ? check(guest, terminal, deadline, progress, loaded) : new Foreground(guests, session, terminal).stay(guest, deadline);
		}
	}

	private static String commandLine(HostTerminal terminal, String append) {
		StringBuilder line = new StringBuilder(BootCommands.COMMAND_LINE + OPTIONS);
		// What the kernel does not know becomes the environment of init
		terminal.extent().ifPresent(extent -> line.append(" LINES=").append(extent.lines()).append(" COLUMNS=").append(extent.columns()));
		String type = Optional.ofNullable(System.getenv("TERM")).orElse("");
		if (terminal.isInteractive() && type.matches(TERMINAL_NAME)) {
			line.append(" TERM=").append(type);
		}
		return append.isEmpty() ? line.toString() : line + " " + append;
	}

	private Guest create(Path kernel, Path busybox, String backend, long memory, int cpus, String commandLine)
			throws CommandException, IOException {
		Path initramfs = Files.createTempFile("mshv", ".cpio");
		try {
			Files.write(initramfs, Initramfs.of(Files.readAllBytes(busybox)));
			return guests.create(new GuestConfig(backend, memory, cpus, new GuestConfig.Linux(kernel, Optional.of(initramfs), commandLine)));
		} finally {
			Files.delete(initramfs);
		}
	}

	private CommandResult check(Guest guest, HostTerminal terminal, long deadline, Progress progress, Duration loaded)
			throws CommandException, IOException, InterruptedException {
		try (Dialogue dialogue = new Dialogue(guest, terminal.output(), deadline)) {
			boolean prompt = dialogue.await(Initramfs.PROMPT);
			if (prompt) {
				progress.say("the guest has a prompt");
			}
			boolean answered = prompt && dialogue.type("uname -a\n") && dialogue.await("Linux mshv ") && dialogue.await("x86_64")
				&& dialogue.await(Initramfs.PROMPT);
			if (answered && !loaded.isZero()) {
				LoadCheck load = new LoadCheck(dialogue, progress, guest.partition().virtualProcessors().size());
				Optional<String> wrong = load.run(loaded);
				if (wrong.isPresent() && !guest.hasEnded()) {
					return CommandResult.of(ExitStatus.CHECK_FAILED, guest.id() + ": " + wrong.get());
				}
				progress.say(load.summary());
			}
			boolean ended = answered && dialogue.type("poweroff\n") && dialogue.awaitEnd();
			if (ended || guest.hasEnded()) {
				CommandResult result = Endings.result(guest);
				return result.status() == ExitStatus.POWER_OFF.code() && !answered
					? CommandResult.of(ExitStatus.CHECK_FAILED, guest.id() + ": turned off without an answer") : result;
			}
			if (guest.console().hasPanicked() || deadline - System.nanoTime() <= 0) {
				return Endings.timeout(guest);
			}
			return CommandResult.of(ExitStatus.CHECK_FAILED, guest.id() + ": " + ExitStatus.CHECK_FAILED.meaning());
		} finally {
			guests.remove(guest);
		}
	}
}
