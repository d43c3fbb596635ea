package mshv.shell.guest;

import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

import mshv.api.Hypervisor;
import mshv.api.event.EventFactory;
import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;
import mshv.vmm.BootException;
import mshv.vmm.ImageSource;
import mshv.vmm.Machine;
import mshv.vmm.MachineConfig;

/** Makes machines on the backends that are there, and words of what they refuse. */
@Component(service = MachineFactory.class)
public final class MachineFactory {
	private final EventFactory events;

	/** By service ranking, the best one last. */
	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, fieldOption = FieldOption.REPLACE)
	private volatile List<Hypervisor> hypervisors = List.of();

	/** @param events makes the events of interrupt lines */
	@Activate
	public MachineFactory(@Reference EventFactory events) {
		this.events = events;
	}

	/** @param hypervisors the backends, the best one last */
	public MachineFactory(EventFactory events, List<Hypervisor> hypervisors) {
		this(events);
		this.hypervisors = List.copyOf(hypervisors);
	}

	/** Makes a machine that has loaded its image and has not run yet.
	 * @param console takes what the guest prints
	 * @throws CommandException if there is no such backend, or the configuration or the image is refused; nothing is left then */
	Machine create(GuestConfig config, GuestConsole console) throws CommandException {
		Hypervisor hypervisor = hypervisor(config.backend());
		MachineConfig machine = MachineConfig.of(hypervisor, events, config.image().file()).withMemory(config.memory())
			.withCpus(config.cpus()).withOutput(console);
		machine = switch (config.image()) {
			case GuestConfig.Linux linux -> {
				MachineConfig with = machine.withCommandLine(linux.commandLine());
				yield linux.initrd().map(ImageSource::of).map(with::withInitrd).orElse(with);
			}
			case GuestConfig.Multiboot multiboot -> {
				MachineConfig with = machine.withCommandLine(multiboot.commandLine()).withTestDevices(true);
				yield multiboot.module().map(ImageSource::of).map(with::withModule).orElse(with);
			}
		};
		try {
			return Machine.create(machine);
		} catch (BootException e) {
			throw new CommandException(status(e), e.getMessage(), e);
		}
	}

	private Hypervisor hypervisor(String backend) throws CommandException {
		List<Hypervisor> present = hypervisors;
		if (present.isEmpty()) {
			throw new CommandException(ExitStatus.UNKNOWN_BACKEND, "there is no backend");
		}
		if (backend.isEmpty()) {
			return present.getLast();
		}
		return present.stream().filter(hypervisor -> hypervisor.backend().equals(backend)).findFirst()
			.orElseThrow(() -> new CommandException(ExitStatus.UNKNOWN_BACKEND, "no backend '" + backend + "': there are "
				+ String.join(", ", present.stream().map(Hypervisor::backend).sorted().toList())));
	}

	private static ExitStatus status(BootException refusal) {
		return switch (refusal.category()) {
			case FILE -> ExitStatus.NO_FILE;
			case IMAGE -> ExitStatus.NOT_A_KERNEL;
			case TRUNCATED -> ExitStatus.TRUNCATED;
			case PROTOCOL -> ExitStatus.KERNEL_TOO_OLD;
			case MEMORY -> ExitStatus.MEMORY_TOO_SMALL;
			case MEMORY_ALIGNMENT -> ExitStatus.MEMORY_UNALIGNED;
			case COMMAND_LINE -> ExitStatus.COMMAND_LINE_TOO_LONG;
			case PROCESSORS -> ExitStatus.TOO_MANY_CPUS;
			case CONFIGURATION -> ExitStatus.USAGE;
			case HYPERVISOR -> ExitStatus.INTERNAL;
		};
	}
}
