package mshv.eventfd;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import mshv.api.driver.EventBindings;

/** Makes the bindings of partitions, and unbinds what is left of them when it goes. */
@Component
public final class IrqfdFactory implements EventBindings.Factory {
	private final Set<PartitionBindings> open = ConcurrentHashMap.newKeySet();

	@Override
	public EventBindings create(EventBindings.Target target, EventBindings.Bound bound) {
		PartitionBindings bindings = new PartitionBindings(target, bound, open::remove);
		open.add(bindings);
		return bindings;
	}

	@Deactivate
	void deactivate() {
		open.forEach(PartitionBindings::close);
	}
}
