package mshv.shell.session;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

import mshv.shell.BootCommands;
import mshv.shell.ConformanceCommands;
import mshv.shell.ControlCommands;
import mshv.shell.DemoCommands;
import mshv.shell.InspectCommands;
import mshv.shell.ReplayCommands;
import mshv.shell.SystemCommands;

/** The classes that have our commands: this bundle's, and those that other bundles have in our scope. */
final class Commands {
	static final List<Class<?>> CLASSES = List.of(BootCommands.class, ConformanceCommands.class, ControlCommands.class,
		DemoCommands.class, InspectCommands.class, ReplayCommands.class, SystemCommands.class, HelpCommands.class);

	private static final String OUR_SCOPE = "(osgi.command.scope=mshv)";

	private Commands() {}

	/** @return the classes of all commands that are there now; nothing is activated to find them */
	static List<Class<?>> of(BundleContext context) {
		Set<Class<?>> classes = new LinkedHashSet<>(CLASSES);
		try {
			ServiceReference<?>[] commands = context.getAllServiceReferences(null, OUR_SCOPE);
			for (ServiceReference<?> command : commands == null ? new ServiceReference<?>[0] : commands) {
				Bundle bundle = command.getBundle();
				if (bundle != null) {
					classes.add(bundle.loadClass(((String[]) command.getProperty(Constants.OBJECTCLASS))[0]));
				}
			}
		} catch (InvalidSyntaxException | ClassNotFoundException e) {
			throw new IllegalStateException(e);
		}
		return List.copyOf(classes);
	}
}
