package mshv.core.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;

/**
 * The hypervisor for whoever does not care which: creates each partition on the best backend that is there at that moment. A backend
 * that comes later, or a new configuration, changes nothing for partitions that exist; a backend that goes takes its own with it.
 */
@Component(immediate = true, property = Hypervisor.BACKEND + "=" + Device.NAME)
@Designate(ocd = DeviceConfig.class)
public final class Device implements Hypervisor {
	/** Value of {@link Hypervisor#BACKEND}: no backend has this name. */
	static final String NAME = "auto";

	/** By reference: what it is ranked by. */
	private final Map<ServiceReference<Hypervisor>, Hypervisor> backends = new HashMap<>();
	private final List<DevicePartition> open = new ArrayList<>();
	private Filter filter;

	/** @param config which backend
	 * @throws InvalidSyntaxException if the filter is none */
	@Activate
	public Device(DeviceConfig config) throws InvalidSyntaxException {
		filter = FrameworkUtil.createFilter(config.backend_filter());
	}

	/** @throws InvalidSyntaxException if the filter is none: the old one stays */
	@Modified
	void modified(DeviceConfig config) throws InvalidSyntaxException {
		Filter changed = FrameworkUtil.createFilter(config.backend_filter());
		synchronized (this) {
			filter = changed;
		}
	}

	/** The target keeps the device from picking itself, whatever the configuration says. */
	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, target = "(!(mshv.backend=" + NAME + "))")
	synchronized void addBackend(ServiceReference<Hypervisor> reference, Hypervisor backend) {
		backends.put(reference, backend);
	}

	/** The handles stay, but what they stand for ends: whoever runs a processor comes back. */
	void removeBackend(ServiceReference<Hypervisor> reference) {
		List<DevicePartition> lost;
		synchronized (this) {
			Hypervisor backend = backends.remove(reference);
			lost = open.stream().filter(partition -> partition.isOf(backend)).toList();
			open.removeAll(lost);
		}
		lost.forEach(DevicePartition::lose);
	}

	@Deactivate
	void deactivate() {
		List<DevicePartition> left;
		synchronized (this) {
			left = List.copyOf(open);
			open.clear();
		}
		left.forEach(DevicePartition::lose);
	}

	@Override
	public String backend() {
		return NAME;
	}

	@Override
	public long getProperty(int property) {
		return best().getProperty(property);
	}

	@Override
	public byte[] getPropertyEx(int property, long argument) {
		return best().getPropertyEx(property, argument);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return best().passThrough(call);
	}

	@Override
	public Partition createPartition(PartitionConfig config) {
		Hypervisor backend = best();
		DevicePartition partition = new DevicePartition(this, backend, backend.createPartition(config));
		if (!add(partition)) {
			partition.lose();
			throw new HypervisorException("backend " + backend.backend() + " is gone", Errno.ENODEV);
		}
		return partition;
	}

	/** @return false if the backend has gone since it was picked */
	private synchronized boolean add(DevicePartition partition) {
		boolean present = backends.values().stream().anyMatch(partition::isOf);
		if (present) {
			open.add(partition);
		}
		return present;
	}

	synchronized void remove(DevicePartition partition) {
		open.remove(partition);
	}

	@Override
	public synchronized List<Partition> partitions() {
		return List.copyOf(open);
	}

	private synchronized Hypervisor best() {
		return backends.entrySet().stream().filter(entry -> filter.match(entry.getKey()))
			.max(Map.Entry.comparingByKey(Comparator.naturalOrder())).map(Map.Entry::getValue)
			.orElseThrow(() -> new HypervisorException("no backend matches " + filter, Errno.ENODEV));
	}
}
