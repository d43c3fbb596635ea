package mshv.gateway;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands on the gateway. */
@Component(service = GatewayCommands.class)
@GogoCommand(scope = "mshv", function = {"clients", "serve"})
public final class GatewayCommands {
	/** How long a supervisor waits for the program that it was started for. */
	private static final long FIRST_MILLISECONDS = 60_000;

	private final Gateway gateway;

	/** @param gateway what is shown */
	@Activate
	public GatewayCommands(@Reference Gateway gateway) {
		this.gateway = gateway;
	}

	/** @return a table */
	@Descriptor("Lists the programs that use /dev/mshv through this system, their descriptors and calls.")
	public String clients() {
		StringBuilder text = new StringBuilder(String.format("%-8s %-8s %-8s %-10s %-12s %s", "CLIENT", "PROCESS", "BACKEND", "CALLS",
			"DESCRIPTORS", "PROGRAM"));
		for (Client client : gateway.clients()) {
			text.append(String.format("%n%-8d %-8d %-8s %-10d %-12d %s", client.id(), client.process(), client.hypervisor().backend(),
				client.calls().sum(), client.files().size(), client.program()));
			client.files().stream().map(OpenFile::name).sorted().forEach(name -> text.append(String.format("%n         %s", name)));
		}
		return text.toString();
	}

	/** Serves until the programs that come have ended: what a launcher starts in the background. */
	@Descriptor("Serves programs until the last has ended.")
	public void serve() throws InterruptedException {
		if (!gateway.serves()) {
			throw new IllegalStateException("the property mshv.gateway.socket is not set");
		}
		if (!gateway.awaitIdle(FIRST_MILLISECONDS)) {
			throw new IllegalStateException("no program came");
		}
	}
}
