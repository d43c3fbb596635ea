package mshv.backend.mshv;

import java.lang.System.Logger.Level;
import java.util.Hashtable;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;
import mshv.api.event.LinuxEvents;

/**
 * Offers the kernel's hypervisor where its device can be opened, ranked below the emulated one: who wants it asks for it. With it comes a
 * factory of events that the driver can bind as they are.
 */
@Component(service = {})
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"mshv.api.Hypervisor\"")
public final class DeviceOffer {
	private static final System.Logger LOG = System.getLogger(DeviceOffer.class.getName());
	private static final String PATH = "/dev/mshv";
	private static final int RANKING = -100;

	private final NativeHypervisor hypervisor;
	private ServiceRegistration<Hypervisor> registration;
	private ServiceRegistration<EventFactory> factory;
	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile LinuxEvents events;

	/** @param context where the services are registered */
	@Activate
	public DeviceOffer(BundleContext context) {
		hypervisor = open();
		if (hypervisor == null) {
			return;
		}
		Hashtable<String, Object> properties = new Hashtable<>();
		properties.put(Hypervisor.BACKEND, NativeHypervisor.NAME);
		properties.put(Constants.SERVICE_RANKING, RANKING);
		factory = context.registerService(EventFactory.class, this::event, properties);
		registration = context.registerService(Hypervisor.class, hypervisor, properties);
	}

	private NativeHypervisor open() {
		if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
			return null;
		}
		if (!DeviceOffer.class.getModule().isNativeAccessEnabled()) {
			LOG.log(Level.INFO, "no {0}: native access is not enabled (--enable-native-access=ALL-UNNAMED)", PATH);
			return null;
		}
		try {
			Kernel kernel = new Kernel();
			int device = kernel.open(PATH);
			if (device < 0) {
				LOG.log(Level.DEBUG, "no {0}: errno {1}", PATH, -device);
				return null;
			}
			return new NativeHypervisor(new Descriptor(kernel, device), () -> events);
		} catch (LinkageError | IllegalCallerException e) {
			LOG.log(Level.INFO, "no {0}: {1}", PATH, e);
			return null;
		}
	}

	private Event event() {
		LinuxEvents present = events;
		if (present == null) {
			throw new HypervisorException("nobody makes eventfds", Errno.EOPNOTSUPP);
		}
		return present.create();
	}

	/** Users let go of the services while they still work; then partitions are closed. */
	@Deactivate
	void deactivate() {
		if (hypervisor != null) {
			registration.unregister();
			factory.unregister();
			hypervisor.close();
		}
	}
}
