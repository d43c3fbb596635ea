package mshv.core.device;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of the device. */
@ObjectClassDefinition(name = "Hypervisor device", description = "Which backend new partitions are created on")
@interface DeviceConfig {
	/** @return filter on the properties of a backend's service; among those that match, the highest ranked is taken */
	@AttributeDefinition(name = "Backend", description = "Filter on backend services, for example (mshv.backend=emu)")
	String backend_filter() default "(mshv.backend=*)";

	/** @return ranking of the device's own service; above those of the backends, so that it is what users get who ask for any */
	@AttributeDefinition(name = "Ranking", description = "Service ranking of the device")
	int service_ranking() default 1000;
}
