package mshv.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

import mshv.api.Hypervisor;
import mshv.api.replay.ReplayReport;
import mshv.api.replay.TraceException;
import mshv.api.replay.TraceReplay;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;
import mshv.shell.text.Numbers;

/** The command that replays traces. It is here whether or not the gateway is. */
@Component(service = ReplayCommands.class)
@GogoCommand(scope = "mshv", function = "replay")
public final class ReplayCommands {
	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile TraceReplay replay;
	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, fieldOption = FieldOption.REPLACE)
	private volatile List<Hypervisor> hypervisors = List.of();

	/** Made by Declarative Services. */
	@Activate
	public ReplayCommands() {}

	ReplayCommands(TraceReplay replay, List<Hypervisor> hypervisors) {
		this.replay = replay;
		this.hypervisors = hypervisors;
	}

	/** @return whether all calls have the same outcome; what was done is printed */
	@Descriptor("Makes the calls of a trace again and names the first one with another outcome.")
	public CommandResult replay(CommandSession session,
			@Descriptor("NAME of the backend, default one of those that are no mere handle") @Completes(Source.BACKENDS)
			@Parameter(names = {"-b", "--backend"}, absentValue = "") String backend,
			@Descriptor("RULE by which calls fail, as of exec") @Parameter(names = {"-f", "--fail"}, absentValue = "") String rule,
			@Descriptor("SECONDS that a run may take, default 10") @Parameter(names = {"-t", "--timeout"}, absentValue = "10") String timeout,
			@Descriptor("TRACE: lines of JSON, as exec --trace writes them") @Completes(Source.FILES) String... trace)
			throws CommandException {
		GuestArguments.atMost("replay", 1, trace);
		if (trace.length == 0) {
			throw GuestArguments.missing("replay", "the trace");
		}
		Path file = GuestArguments.file(session, trace[0]);
		TraceReplay service = replay;
		if (service == null) {
			throw new CommandException(ExitStatus.INTERNAL, "the gateway (bundle mshv.gateway) is not there");
		}
		ReplayReport report;
		try {
			report = service.replay(backend(backend), file, rule.isEmpty() ? List.of() : List.of(rule), Numbers.seconds("timeout", timeout));
		} catch (TraceException e) {
			throw new CommandException(e.truncated() ? ExitStatus.TRUNCATED : ExitStatus.NOT_A_TRACE, trace[0] + ": " + e.getMessage(), e);
		} catch (IOException e) {
			throw new CommandException(ExitStatus.NO_FILE, trace[0] + ": " + e.getMessage(), e);
		} catch (IllegalArgumentException e) {
			throw CommandException.usage("replay: " + e.getMessage());
		}
		session.getConsole().println(report.calls() + " calls: " + report.compared() + " compared, " + report.resultsOnly()
			+ " by their result only, " + report.notMade() + " not made");
		if (!report.limit().isEmpty()) {
			session.getConsole().println(report.limit());
		}
		if (report.difference().isEmpty()) {
			session.getConsole().println("no difference");
		}
		return report.difference().map(difference -> CommandResult.of(ExitStatus.REPLAY_DIFFERS, text(difference)))
			.orElseGet(() -> CommandResult.of(ExitStatus.POWER_OFF, ""));
	}

	private static String text(ReplayReport.Difference difference) {
		return "call " + difference.call() + " of thread " + difference.thread() + ", " + difference.file() + " " + difference.name() + ", "
			+ difference.field() + ": expected " + difference.expected() + ", found " + difference.found();
	}

	/** Without a name: a backend itself, not the handle over all of them. */
	private String backend(String name) throws CommandException {
		List<String> names = hypervisors.stream().map(Hypervisor::backend).sorted(Comparator.comparing("auto"::equals)).toList();
		if (name.isEmpty() ? names.isEmpty() : !names.contains(name)) {
			throw new CommandException(ExitStatus.UNKNOWN_BACKEND, "no backend '" + name + "'; there are: " + String.join(", ", names));
		}
		return name.isEmpty() ? names.getFirst() : name;
	}
}
