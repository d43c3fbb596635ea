package mshv.shell.session;

import java.util.List;

import mshv.shell.BootCommands;
import mshv.shell.ConformanceCommands;
import mshv.shell.ControlCommands;
import mshv.shell.DemoCommands;
import mshv.shell.InspectCommands;
import mshv.shell.ReplayCommands;
import mshv.shell.SystemCommands;

/** The classes that have our commands. */
final class Commands {
	static final List<Class<?>> CLASSES = List.of(BootCommands.class, ConformanceCommands.class, ControlCommands.class,
		DemoCommands.class, InspectCommands.class, ReplayCommands.class, SystemCommands.class, HelpCommands.class);

	private Commands() {}
}
