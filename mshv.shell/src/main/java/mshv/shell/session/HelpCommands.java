package mshv.shell.session;

import java.util.List;
import java.util.function.Supplier;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

import mshv.shell.help.CommandDescription;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;
import mshv.shell.text.Table;

/** Explains the commands. */
@Component(service = HelpCommands.class)
@GogoCommand(scope = "mshv", function = {"help", "__commands"})
public final class HelpCommands {
	private final Supplier<List<Class<?>>> classes;

	/** @param context whose bundles may have commands of our scope */
	@Activate
	public HelpCommands(BundleContext context) {
		this(() -> Commands.of(context));
	}

	HelpCommands(Supplier<List<Class<?>>> classes) {
		this.classes = classes;
	}

	/** @return what can be done, or how one command is used */
	@Descriptor("Lists our commands and exit statuses, or explains one command.")
	public String help(@Descriptor("[COMMAND]") @Completes(Source.COMMANDS) String... command) throws CommandException {
		List<CommandDescription> commands = CommandDescription.of(classes.get());
		if (command.length > 1) {
			throw CommandException.usage("help: one command at a time");
		}
		if (command.length == 1) {
			String name = command[0].replaceFirst("^mshv:", "");
			return commands.stream().filter(known -> known.name().equals(name)).findFirst().map(CommandDescription::text)
				.orElseThrow(() -> CommandException.usage("no command '" + name + "' of ours; 'gogo:help' knows those of the shell"));
		}
		Table list = new Table("COMMAND", "");
		commands.forEach(known -> list.row(known.name(), known.summary()));
		Table statuses = new Table("STATUS", "");
		for (ExitStatus status : ExitStatus.values()) {
			statuses.row(status.code(), status.meaning());
		}
		return list + "\n\n'help COMMAND' lists a command's options, './mshv exec --help' those for programs that use /dev/mshv."
			+ "\nSizes are written like 4096K, 512M or 1G.\n\n" + statuses
			+ "\n   odd  run: what the guest wrote to port 0xF4, twice and 1 more; 1 is also any other failure of other commands";
	}

	/** @return names for completion */
	public List<String> __commands() {
		return CommandDescription.of(classes.get()).stream().map(CommandDescription::name).toList();
	}
}
