package mshv.core.common;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of hypercall clients; a change holds for what is deposited from then on. */
@ObjectClassDefinition(name = "Hypercall clients", description = "How much memory hypervisors get for their own objects")
@interface HypercallClientsConfig {
	/** @return MiB, 0 for no limit */
	@AttributeDefinition(name = "Memory of a partition", min = "0",
		description = "Most memory in MiB that one partition's processors and page tables may take, 0 for no limit. Not guest memory.")
	int partition_memory() default 0;

	/** @return MiB, 0 for no limit */
	@AttributeDefinition(name = "Memory in all", min = "0",
		description = "Most memory in MiB that one hypervisor may have for all partitions and itself, 0 for no limit.")
	int total_memory() default 0;
}
