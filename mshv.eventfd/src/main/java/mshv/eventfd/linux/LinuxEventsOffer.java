package mshv.eventfd.linux;

import java.lang.System.Logger.Level;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import mshv.api.event.LinuxEvents;

/** Offers {@link LinuxEvents} where the host has eventfds and lets this bundle use them, and says why where it does not. */
@Component(service = {})
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"mshv.api.event.LinuxEvents\"")
public final class LinuxEventsOffer {
	private static final System.Logger LOG = System.getLogger(LinuxEventsOffer.class.getName());

	private final EventTable events;
	private final ServiceRegistration<LinuxEvents> registration;

	/** @param context where the service is registered */
	@Activate
	public LinuxEventsOffer(BundleContext context) {
		events = make();
		registration = events == null ? null : context.registerService(LinuxEvents.class, events, null);
	}

	private static EventTable make() {
		String reason;
		if (!System.getProperty("os.name").equals("Linux")) {
			reason = "the host is not Linux";
		} else if (!LinuxEventsOffer.class.getModule().isNativeAccessEnabled()) {
			reason = "native access is not enabled (--enable-native-access=ALL-UNNAMED)";
		} else {
			try {
				return new EventTable(new Kernel());
			} catch (RuntimeException | LinkageError e) {
				reason = e.toString();
			}
		}
		LOG.log(Level.INFO, "no eventfds of Linux: {0}", reason);
		return null;
	}

	/** Users let go of the service while it still works; then every event is closed. */
	@Deactivate
	void deactivate() {
		if (registration != null) {
			registration.unregister();
		}
		if (events != null) {
			events.close();
		}
	}
}
