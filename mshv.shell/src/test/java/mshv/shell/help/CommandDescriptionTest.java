package mshv.shell.help;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.junit.jupiter.api.Test;

class CommandDescriptionTest {
	/** Commands of a bundle. */
	public static final class Commands {
		@Descriptor("Starts a guest.")
		public void start(CommandSession session,
				@Descriptor("FILE to boot") @Completes(Completes.Source.FILES)
				@Parameter(names = {"-k", "--kernel"}, absentValue = "") String kernel,
				@Descriptor("SIZE of its memory, default 512M") @Parameter(names = "--memory", absentValue = "512M") String memory,
				@Descriptor("do not wait")
				@Parameter(names = {"-d", "--detach"}, presentValue = "true", absentValue = "false") boolean detach,
				@Descriptor("NAME...: what it is called") String... rest) {
		}

		@Descriptor("Ends it.")
		public void end(@Descriptor("GUEST") @Completes(Completes.Source.GUESTS) String... rest) {
		}

		public void notACommand() {
		}
	}

	private final List<CommandDescription> commands = CommandDescription.of(List.of(Commands.class));

	@Test
	void commandsAreTheDescribedMethodsByName() {
		assertEquals(List.of("end", "start"), commands.stream().map(CommandDescription::name).toList());
	}

	@Test
	void theTextHasUsageOptionsAndArguments() {
		assertEquals("""
			usage: start [OPTION...] NAME...
			Starts a guest.
			what it is called
			  -k, --kernel FILE  to boot
			  --memory SIZE      of its memory, default 512M
			  -d, --detach       do not wait""", commands.getLast().text());
		assertEquals("usage: end GUEST\nEnds it.", commands.getFirst().text());
	}

	@Test
	void optionsAndArgumentsAreCompleted() {
		assertEquals(List.of("complete -c mshv:start -e", "complete -c mshv:start -d 'Starts a guest.'",
			"complete -c mshv:start -s k -l kernel --description 'FILE to boot' -a '__files'",
			"complete -c mshv:start -l memory --description 'SIZE of its memory, default 512M' -a '[]'",
			"complete -c mshv:start -s d -l detach --description 'do not wait'"), commands.getLast().completions());
		assertEquals(Optional.of(Completes.Source.GUESTS), commands.getFirst().completion());
	}
}
