package mshv.shell.session;

import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import mshv.shell.status.CommandException;
import mshv.shell.status.CommandResult;
import mshv.shell.terminal.HostTerminal;
import mshv.shell.terminal.Terminals;

/**
 * The command that an interactive console was started for, from the property {@code mshv.console.command}. It runs in the console's
 * session before the first prompt. If it ends with a result, that is the exit status of the process and there is no prompt; if it ends
 * without one, as when the user leaves a guest by the escape key, the console goes on.
 * <p>
 * The bnd launcher's main thread waits here for the status, see {@link mshv.shell.launch.CommandLineRunner}.
 */
@Component(service = InitialCommand.class, immediate = true)
public final class InitialCommand implements Callable<Integer> {
	private static final int INTERRUPTED = 130;

	private final String command;
	private final boolean debug;
	private final AtomicBoolean taken = new AtomicBoolean();
	private final CompletableFuture<Integer> status = new CompletableFuture<>();
	private final ServiceRegistration<?> registration;

	/** @param context of this bundle; framework and system properties are read through it */
	@Activate
	public InitialCommand(BundleContext context) {
		this(context.getProperty("mshv.console.command"), Boolean.parseBoolean(context.getProperty("mshv.debug")), context);
	}

	InitialCommand(String command, boolean debug, BundleContext context) {
		this.command = command;
		this.debug = debug;
		registration = command == null || context == null ? null
			: context.registerService(Callable.class, this, new Hashtable<>(Map.of("main.thread", true)));
	}

	@Deactivate
	void deactivate() {
		// A session that went on after the command has ended well
		status.complete(0);
		if (registration != null) {
			registration.unregister();
		}
	}

	/** For the launcher, which looks at the return type: a lambda would not do. @return the exit status, once there is one */
	@Override
	public Integer call() {
		return status.join();
	}

	/** @return true if there is a command that no session has run yet */
	boolean isPending() {
		return command != null && !taken.get();
	}

	/** Runs the command, if there is one and no session has run it yet.
	 * @param session of a console with a terminal */
	void run(CommandSession session) {
		if (command == null || !taken.compareAndSet(false, true)) {
			return;
		}
		HostTerminal terminal = Terminals.of(session);
		Integer ended = execute(session, terminal);
		if (ended != null) {
			status.complete(ended);
			awaitEnd();
		}
	}

	/** @return the exit status, null if the session goes on */
	private Integer execute(CommandSession session, HostTerminal terminal) {
		try (AutoCloseable _ = Terminals.onInterrupt(session)) {
			return switch (session.execute(command)) {
				case null -> null;
				case Integer number -> number;
				case CommandResult result -> {
					if (!result.text().isEmpty()) {
						terminal.message(result.text());
					}
					yield result.status();
				}
				case Object other -> {
					terminal.message(session.format(other, 0).toString());
					yield 0;
				}
			};
		} catch (CommandException e) {
			return report(e, terminal, e.status().code());
		} catch (InterruptedException | CancellationException e) {
			terminal.message("mshv: interrupted");
			return INTERRUPTED;
		} catch (Exception e) {
			return report(e, terminal, 1);
		}
	}

	private Integer report(Exception failure, HostTerminal terminal, int code) {
		terminal.message("mshv: " + (failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage()));
		if (debug) {
			failure.printStackTrace();
		}
		return code;
	}

	/** The main thread stops the framework now; a prompt in between would only flash up. */
	private static void awaitEnd() {
		try {
			new CountDownLatch(1).await();
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}
}
