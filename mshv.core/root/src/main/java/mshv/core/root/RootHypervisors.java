package mshv.core.root;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

import mshv.api.driver.EventBindings;
import mshv.api.driver.HypercallClient;
import mshv.api.driver.Synic;
import mshv.api.hypercall.HypercallInterface;

/** Offers a hypervisor as soon as all its parts are there, and withdraws it when one of them goes. */
@Component(service = {})
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"mshv.api.Hypervisor\"")
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"mshv.api.driver.Ports\"")
public final class RootHypervisors {
	/** What is there of one hypervisor; null for what is not. */
	private record Parts(HypercallInterface hypervisor, HypercallClient client, Synic synic) {
		boolean complete() {
			return hypervisor != null && client != null && synic != null;
		}

		boolean none() {
			return hypervisor == null && client == null && synic == null;
		}

		Parts with(HypercallInterface changed) {
			return new Parts(changed, client, synic);
		}

		Parts with(HypercallClient changed) {
			return new Parts(hypervisor, changed, synic);
		}

		Parts with(Synic changed) {
			return new Parts(hypervisor, client, changed);
		}
	}

	private final BundleContext context;
	/** By service id of the hypercall interface. */
	private final Map<Object, Parts> parts = new HashMap<>();
	private final Map<Object, Offer> offers = new HashMap<>();
	private EventBindings.Factory eventBindings;

	/** @param context where the hypervisors are registered */
	@Activate
	public RootHypervisors(BundleContext context) {
		this.context = context;
	}

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
	void addHypervisor(HypercallInterface hypervisor, Map<String, Object> properties) {
		change(properties.get(Constants.SERVICE_ID), old -> old.with(hypervisor));
	}

	void removeHypervisor(Map<String, Object> properties) {
		change(properties.get(Constants.SERVICE_ID), old -> old.with((HypercallInterface) null));
	}

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
	void addClient(HypercallClient client, Map<String, Object> properties) {
		change(properties.get(HypercallClient.HYPERVISOR_ID), old -> old.with(client));
	}

	void removeClient(Map<String, Object> properties) {
		change(properties.get(HypercallClient.HYPERVISOR_ID), old -> old.with((HypercallClient) null));
	}

	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
	void addSynic(Synic synic, Map<String, Object> properties) {
		change(properties.get(HypercallClient.HYPERVISOR_ID), old -> old.with(synic));
	}

	void removeSynic(Map<String, Object> properties) {
		change(properties.get(HypercallClient.HYPERVISOR_ID), old -> old.with((Synic) null));
	}

	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
		policyOption = ReferencePolicyOption.GREEDY)
	void setEventBindings(EventBindings.Factory factory) {
		List<Offer> present;
		synchronized (this) {
			eventBindings = factory;
			present = List.copyOf(offers.values());
		}
		present.forEach(offer -> offer.useEventBindings(factory));
	}

	/** A better one is set before the old one is taken away. */
	void unsetEventBindings(EventBindings.Factory factory) {
		List<Offer> present;
		synchronized (this) {
			if (eventBindings != factory) {
				return;
			}
			eventBindings = null;
			present = List.copyOf(offers.values());
		}
		present.forEach(offer -> offer.useEventBindings(null));
	}

	/** The registry is called outside the lock: it calls others, who may come back. */
	private void change(Object id, UnaryOperator<Parts> change) {
		Offer fresh = null;
		Offer stale = null;
		synchronized (this) {
			Parts now = change.apply(parts.getOrDefault(id, new Parts(null, null, null)));
			if (now.none()) {
				parts.remove(id);
			} else {
				parts.put(id, now);
			}
			if (now.complete() && !offers.containsKey(id)) {
				fresh = new Offer(context, now.hypervisor, now.client, now.synic, eventBindings);
				offers.put(id, fresh);
			} else if (!now.complete()) {
				stale = offers.remove(id);
			}
		}
		if (stale != null) {
			stale.withdraw();
		}
		if (fresh != null) {
			fresh.publish();
		}
	}
}
