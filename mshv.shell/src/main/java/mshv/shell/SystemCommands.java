package mshv.shell;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

import mshv.api.Hypervisor;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.shell.guest.Guest;
import mshv.shell.guest.Guests;
import mshv.shell.status.CommandException;
import mshv.shell.text.Numbers;
import mshv.shell.text.Sizes;
import mshv.shell.text.Table;

/** Commands on the system as a whole. */
@Component(service = SystemCommands.class)
@GogoCommand(scope = "mshv", function = {"backends", "partitions", "guests", "bench", "version", "exit", "__backends", "__guests"})
public final class SystemCommands {
	private final BundleContext context;
	private final Guests guests;

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, fieldOption = FieldOption.REPLACE)
	private volatile List<Hypervisor> hypervisors = List.of();

	/** @param context of this bundle @param guests keeps the guests */
	@Activate
	public SystemCommands(BundleContext context, @Reference Guests guests) {
		this.context = context;
		this.guests = guests;
	}

	SystemCommands(Guests guests, List<Hypervisor> hypervisors) {
		this(null, guests);
		this.hypervisors = hypervisors;
	}

	private List<Hypervisor> byName() {
		return hypervisors.stream().sorted(Comparator.comparing(Hypervisor::backend)).toList();
	}

	/** @return a table */
	@Descriptor("Lists the backends and how many partitions each has.")
	public String backends(@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("backends", 0, rest);
		Table table = new Table("BACKEND", "PARTITIONS");
		byName().forEach(hypervisor -> table.row(hypervisor.backend(), hypervisor.partitions().size()));
		return table.toString();
	}

	/** @return a table */
	@Descriptor("Lists the partitions of every backend.")
	public String partitions(@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("partitions", 0, rest);
		Table table = new Table("BACKEND", "PARTITION", "PROCESSORS", "MEMORY", "GUEST");
		for (Hypervisor hypervisor : byName()) {
			for (Partition partition : hypervisor.partitions()) {
				String owner = guests.list().stream().filter(guest -> guest.partition().id() == partition.id()
					&& guest.partition().hypervisor().backend().equals(hypervisor.backend())).map(Guest::id).findFirst().orElse("-");
				table.row(hypervisor.backend(), partition.id(), partition.virtualProcessors().size(),
					Sizes.format(partition.memoryRegions().stream().mapToLong(MemoryRegion::size).sum()), owner);
			}
		}
		return table.toString();
	}

	/** @return a table */
	@Descriptor("Lists the guests of this process.")
	public String guests(@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("guests", 0, rest);
		Table table = new Table("GUEST", "STATE", "BACKEND", "MEMORY", "PROCESSORS", "IMAGE");
		for (Guest guest : guests.list()) {
			table.row(guest.id(), guest.machine().state().name().toLowerCase(Locale.ROOT), guest.partition().hypervisor().backend(),
				Sizes.format(guest.config().memory()), guest.config().cpus(), guest.config().image().file().getFileName());
		}
		return table.toString();
	}

	/** @return advice */
	@Descriptor("Says how to compare this system with another on the benchmark guest.")
	public String bench(@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("bench", 0, rest);
		return """
			The benchmark starts this system and QEMU as processes of their own, so it is run from outside:
			  cnf/bench/bench                           three rounds of all kernels
			  cnf/bench/bench --scale 20 --only integer a short look at one group
			  cnf/bench/bench --help                    options and exit statuses
			The guest alone, on this system: mshv run cnf/bench/guest/guest.elf --append 'scale=20 only=integer'""";
	}

	/** @return a line for each of our bundles */
	@Descriptor("Shows the versions of this system's bundles and of what they run on.")
	public String version(@Descriptor("") String... rest) throws CommandException {
		GuestArguments.atMost("version", 0, rest);
		List<Bundle> bundles = new ArrayList<>(List.of(context.getBundles()));
		bundles.removeIf(bundle -> bundle.getBundleId() != 0 && !bundle.getSymbolicName().startsWith("mshv."));
		bundles.sort(Comparator.comparing(Bundle::getSymbolicName));
		Table table = new Table("BUNDLE", "VERSION");
		bundles.forEach(bundle -> table.row(bundle.getSymbolicName(), bundle.getVersion()));
		return table.row("java", Runtime.version()).toString();
	}

	/** Ends the framework, and with it the process that was started for it. */
	@Descriptor("Ends this system with all its guests.")
	public void exit(@Descriptor("[STATUS]: exit status of the process, default 0") String... status)
			throws CommandException, BundleException {
		GuestArguments.atMost("exit", 1, status);
		if (status.length == 1) {
			// Only this gives the process a status
			System.exit(Numbers.parse("status", status[0], 0, 255));
		}
		context.getBundle(Constants.SYSTEM_BUNDLE_ID).stop();
	}

	/** @return names for completion */
	public List<String> __backends() {
		return byName().stream().map(Hypervisor::backend).toList();
	}

	/** @return ids for completion */
	public List<String> __guests() {
		return guests.list().stream().map(Guest::id).toList();
	}
}
