package example;

import java.nio.file.Path;
import java.time.Duration;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

import mshv.api.Hypervisor;
import mshv.api.event.EventFactory;
import mshv.vmm.BootException;
import mshv.vmm.Machine;
import mshv.vmm.MachineConfig;

/** A guest as a component: one for each configuration, running as long as the component is active. */
@Component(service = Appliance.class, configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = ApplianceConfig.class, factory = true)
public class Appliance {
	private final Machine machine;

	/** Starts the guest.
	 * @throws BootException if the kernel is none, or does not fit: the component stays unsatisfied and SCR logs why */
	@Activate
	public Appliance(@Reference Hypervisor hypervisor, @Reference EventFactory events, ApplianceConfig config) throws BootException {
		machine = Machine.create(MachineConfig.of(hypervisor, events, Path.of(config.kernel()))
			.withCommandLine(config.commandLine()).withMemory((long) config.mebibytes() << 20).withCpus(config.cpus()));
		machine.start();
	}

	@Deactivate
	void stop() {
		machine.close();
	}

	/** Waits until the guest has printed a text on its serial line. @return false if it has not within the time */
	public boolean hasPrinted(String text, Duration timeout) throws InterruptedException {
		return machine.console().waitFor(text, timeout);
	}
}
