package mshv.core.root;

import java.util.Hashtable;

import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

import mshv.api.Hypervisor;
import mshv.api.driver.EventBindings;
import mshv.api.driver.HypercallClient;
import mshv.api.driver.Ports;
import mshv.api.driver.Synic;
import mshv.api.hypercall.HypercallInterface;

/** A hypervisor with its service. It may be withdrawn while it is still being published, on another thread. */
final class Offer {
	private final BundleContext context;
	private final HypercallInterface hypervisor;
	private final HypercallClient client;
	private final Synic synic;
	private EventBindings.Factory eventBindings;
	private RootHypervisor root;
	private ServiceRegistration<?> registration;
	private boolean withdrawn;

	Offer(BundleContext context, HypercallInterface hypervisor, HypercallClient client, Synic synic,
			EventBindings.Factory eventBindings) {
		this.context = context;
		this.hypervisor = hypervisor;
		this.client = client;
		this.synic = synic;
		this.eventBindings = eventBindings;
	}

	void publish() {
		RootHypervisor made;
		synchronized (this) {
			if (withdrawn) {
				return;
			}
			made = new RootHypervisor(hypervisor, client, synic);
			made.useEventBindings(eventBindings);
			root = made;
		}
		Hashtable<String, Object> properties = new Hashtable<>();
		properties.put(Hypervisor.BACKEND, made.backend());
		ServiceRegistration<?> service;
		try {
			service = context.registerService(new String[] {Hypervisor.class.getName(), Ports.class.getName()}, made, properties);
		} catch (RuntimeException e) {
			made.close();
			throw e;
		}
		boolean late;
		synchronized (this) {
			late = withdrawn;
			registration = service;
		}
		if (late) {
			service.unregister();
		}
	}

	/** Users let go of the hypervisor while it still works; then its partitions are closed. */
	void withdraw() {
		ServiceRegistration<?> registered;
		RootHypervisor made;
		synchronized (this) {
			withdrawn = true;
			registered = registration;
			made = root;
		}
		if (registered != null) {
			registered.unregister();
		}
		if (made != null) {
			made.close();
		}
	}

	synchronized void useEventBindings(EventBindings.Factory factory) {
		eventBindings = factory;
		if (root != null) {
			root.useEventBindings(factory);
		}
	}
}
