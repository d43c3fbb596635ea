package mshv.core.common;

import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

import mshv.api.driver.HypercallClient;
import mshv.api.hypercall.HypercallInterface;

/** Offers a {@link HypercallClient} for each hypervisor, as long as the hypervisor is there. */
@Component(service = {})
@Designate(ocd = HypercallClientsConfig.class)
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"mshv.api.driver.HypercallClient\"")
public final class HypercallClients {
	/** A client with its service. */
	private record Offer(PooledHypercallClient client, ServiceRegistration<HypercallClient> registration) {}

	private final BundleContext context;
	private final Map<Object, Offer> offers = new ConcurrentHashMap<>();

	private volatile MemoryLimits limits;

	/** @param context where the clients are registered
	 * @param config limits of memory */
	@Activate
	public HypercallClients(BundleContext context, HypercallClientsConfig config) {
		this.context = context;
		limits = MemoryLimits.of(config);
	}

	/** What is deposited already stays, even if it is too much now. */
	@Modified
	void modified(HypercallClientsConfig config) {
		limits = MemoryLimits.of(config);
	}

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
	void addHypervisor(HypercallInterface hypervisor, Map<String, Object> properties) {
		String name = String.valueOf(properties.get(HypercallInterface.NAME));
		PooledHypercallClient client = new PooledHypercallClient(name, hypervisor, () -> limits);
		Hashtable<String, Object> offered = new Hashtable<>();
		offered.put(HypercallInterface.NAME, name);
		offered.put(HypercallClient.HYPERVISOR_ID, properties.get(Constants.SERVICE_ID));
		try {
			offers.put(properties.get(Constants.SERVICE_ID),
				new Offer(client, context.registerService(HypercallClient.class, client, offered)));
		} catch (RuntimeException e) {
			client.close();
			throw e;
		}
	}

	/** Users let go of the client while it still works; then its memory is freed. */
	void removeHypervisor(Map<String, Object> properties) {
		Offer offer = offers.remove(properties.get(Constants.SERVICE_ID));
		if (offer != null) {
			offer.registration.unregister();
			offer.client.close();
		}
	}
}
