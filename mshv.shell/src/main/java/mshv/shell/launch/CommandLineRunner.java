package mshv.shell.launch;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;

/**
 * Runs the Gogo command line in the property {@code mshv.command} and turns its outcome into the exit status of the process.
 * <p>
 * It starts no thread: it registers a {@code Callable<Integer>} with {@code main.thread=true}. The bnd launcher calls that on the
 * process's main thread once every bundle has been started (in a run without start levels), then stops the framework and exits with
 * what was returned:
 * <ul>
 * <li>an {@code Integer} result is the status, and is not printed;</li>
 * <li>a {@link CommandResult} has the status; its text is a line on standard error unless the status is 0;</li>
 * <li>any other result is printed as the interactive shell would, and the status is 0;</li>
 * <li>an exception is one line on standard error, after {@code mshv: }. The status is that of a {@link CommandException}, else 1. With
 * the property {@code mshv.debug=true} the stack trace follows.</li>
 * </ul>
 * Commands get the process's own standard streams, unbuffered on the input side and read by nobody else. Without
 * {@code mshv.command} the component does nothing.
 */
@Component(service = {}, immediate = true)
public final class CommandLineRunner implements Callable<Integer> {
	private static final String SCOPES = "mshv:felix:gogo:*";
	/** How Gogo says that arguments fit no method of a command. */
	private static final Pattern MISMATCH = Pattern.compile("Cannot coerce ([a-z]+)\\(.*", Pattern.DOTALL);
	/** How Gogo says that there is no such command. */
	private static final Pattern UNKNOWN = Pattern.compile("Command not found: (?:mshv:)?(.*)", Pattern.DOTALL);

	private final CommandProcessor processor;
	private final String command;
	private final boolean debug;
	private final InputStream in;
	private final OutputStream out;
	private final OutputStream err;
	private final ServiceRegistration<?> registration;

	/**
	 * Offers the command line, if there is one, to the launcher.
	 *
	 * @param context of this bundle; framework and system properties are read through it
	 * @param processor runs the command line
	 */
	@Activate
	public CommandLineRunner(BundleContext context, @Reference CommandProcessor processor) {
		this.processor = processor;
		this.command = context.getProperty("mshv.command");
		this.debug = Boolean.parseBoolean(context.getProperty("mshv.debug"));
		// Not System.in and out: Gogo replaces those by streams that lead back into the session
		this.in = new FileInputStream(FileDescriptor.in);
		this.out = new FileOutputStream(FileDescriptor.out);
		this.err = new FileOutputStream(FileDescriptor.err);
		this.registration = command == null ? null
			: context.registerService(Callable.class, this, new Hashtable<>(Map.of("main.thread", true)));
	}

	CommandLineRunner(CommandProcessor processor, String command, boolean debug, InputStream in, OutputStream out, OutputStream err) {
		this.processor = processor;
		this.command = command;
		this.debug = debug;
		this.in = in;
		this.out = out;
		this.err = err;
		this.registration = null;
	}

	@Deactivate
	void withdraw() {
		if (registration != null) {
			registration.unregister();
		}
	}

	/**
	 * Runs the command line to its end, on the caller's thread.
	 *
	 * @return the exit status, 0 to 255
	 */
	@Override
	public Integer call() {
		try (CommandSession session = processor.createSession(in, out, err)) {
			session.currentDir(Path.of("").toAbsolutePath());
			session.put("SCOPE", SCOPES);
			// There is no shell to go to
			session.put("mshv.batch", true);
			return switch (session.execute(command)) {
				case Integer status -> exitStatus(status);
				case CommandResult result -> {
					if (result.status() != 0 && !result.text().isEmpty()) {
						new PrintStream(err, true).println("mshv: " + result.text());
					}
					yield exitStatus(result.status());
				}
				case null -> 0;
				case Object result -> {
					session.getConsole().println(session.format(result, Converter.INSPECT));
					session.getConsole().flush();
					yield 0;
				}
			};
		} catch (Exception failure) {
			return report(failure);
		}
	}

	/** The system keeps eight bits: a failure must not become a success by losing the others. */
	private static int exitStatus(int status) {
		return status != 0 && (status & 0xff) == 0 ? 1 : status & 0xff;
	}

	/** @return the exit status */
	private int report(Exception failure) {
		PrintStream stream = new PrintStream(err, true);
		String message = failure.getMessage();
		Matcher mismatch = MISMATCH.matcher(String.valueOf(message));
		Matcher unknown = UNKNOWN.matcher(String.valueOf(message));
		if (mismatch.matches()) {
			message = mismatch.group(1) + ": these arguments do not fit, or an option lacks its value (see 'help " + mismatch.group(1)
				+ "')";
		} else if (unknown.matches()) {
			message = "no command '" + unknown.group(1) + "' (see 'help')";
		}
		stream.println("mshv: " + (message == null || message.isBlank() ? failure.getClass().getSimpleName() : oneLine(message)));
		if (debug) {
			failure.printStackTrace(stream);
		}
		if (mismatch.matches() || unknown.matches()) {
			return ExitStatus.USAGE.code();
		}
		return failure instanceof CommandException refusal ? refusal.status().code() : 1;
	}

	private static String oneLine(String message) {
		return message.strip().replaceAll("\\s*\\R\\s*", " ");
	}
}
