package mshv.shell.session;

import java.util.List;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.CommandSessionListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import mshv.shell.help.CommandDescription;

/**
 * Prepares the sessions of Gogo's shells once their own profile has run, which is the first thing that a session executes: our commands
 * are found without their scope, the JLine console completes them, and the command that the console was started for is run.
 */
@Component
public final class SessionSetup implements CommandSessionListener {
	private static final String READY = "mshv.ready";
	private static final String SCOPES = "SCOPE";
	private static final String OURS = "mshv:";
	/** Variables of the JLine console. */
	private static final String QUIET = ".gosh_quiet";
	private static final String READER = ".reader";
	private static final String COMPLETIONS = ".completions";

	private final InitialCommand initial;

	/** @param initial what the console was started for */
	@Activate
	public SessionSetup(@Reference InitialCommand initial) {
		this.initial = initial;
	}

	@Override
	public void beforeExecute(CommandSession session, CharSequence command) {
		// The shell's welcome is for those who come for the shell
		if (initial.isPending()) {
			session.put(QUIET, true);
		}
	}

	@Override
	public void afterExecute(CommandSession session, CharSequence command, Exception exception) {
		prepare(session);
	}

	@Override
	public void afterExecute(CommandSession session, CharSequence command, Object result) {
		prepare(session);
	}

	private void prepare(CommandSession session) {
		Object scopes = session.get(SCOPES);
		// A session that has our scope is a batch, or one that is prepared; what is executed below comes here again
		if (session.get(READY) != null || scopes == null || scopes.toString().startsWith(OURS)) {
			return;
		}
		session.put(READY, true);
		session.put(SCOPES, OURS + scopes);
		if (session.get(READER) == null || session.get(COMPLETIONS) == null) {
			return;
		}
		session.put("prompt", "mshv> ");
		complete(session);
		initial.run(session);
	}

	private static void complete(CommandSession session) {
		List<String> lines = CommandDescription.of(Commands.CLASSES).stream().flatMap(command -> command.completions().stream()).toList();
		try {
			session.execute(String.join("\n", lines));
		} catch (Exception e) {
			// A console without completion is still a console
			session.getConsole().println("mshv: no completion: " + e.getMessage());
		}
	}
}
