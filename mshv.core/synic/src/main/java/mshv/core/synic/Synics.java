package mshv.core.synic;

import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

import mshv.api.driver.HypercallClient;
import mshv.api.driver.Synic;
import mshv.api.hypercall.HypercallInterface;

/** Brings the SynIC of each hypervisor up, offers it as a {@link Synic}, and brings it down when the hypervisor goes. */
@Component(service = {})
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"mshv.api.driver.Synic\"")
public final class Synics {
	/** A SynIC with its service. */
	private record Offer(RootSynic synic, ServiceRegistration<Synic> registration) {}

	private final BundleContext context;
	private final Map<Object, Offer> offers = new ConcurrentHashMap<>();

	/** @param context where the SynICs are registered */
	@Activate
	public Synics(BundleContext context) {
		this.context = context;
	}

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
	void addHypervisor(HypercallInterface hypervisor, Map<String, Object> properties) {
		String name = String.valueOf(properties.get(HypercallInterface.NAME));
		RootSynic synic = RootSynic.bringUp(name, hypervisor);
		Hashtable<String, Object> offered = new Hashtable<>();
		offered.put(HypercallInterface.NAME, name);
		offered.put(HypercallClient.HYPERVISOR_ID, properties.get(Constants.SERVICE_ID));
		try {
			offers.put(properties.get(Constants.SERVICE_ID), new Offer(synic, context.registerService(Synic.class, synic, offered)));
		} catch (RuntimeException e) {
			synic.close();
			throw e;
		}
	}

	/** Users let go of the SynIC while it still works; then it is brought down. */
	void removeHypervisor(Map<String, Object> properties) {
		Offer offer = offers.remove(properties.get(Constants.SERVICE_ID));
		if (offer != null) {
			offer.registration.unregister();
			offer.synic.close();
		}
	}
}
