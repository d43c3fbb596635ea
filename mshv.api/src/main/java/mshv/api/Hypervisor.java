package mshv.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A hypervisor, as a virtual machine monitor sees it: what an open {@code /dev/mshv} is to a Linux program.
 * <p>
 * Registered as a service for each backend, with the property {@link #BACKEND}. Methods may be called from any thread.
 */
@ProviderType
public interface Hypervisor {
	/** Service property: name of the backend, for example {@code emu}. */
	String BACKEND = "mshv.backend";

	/** @return name of the backend, the value of {@link #BACKEND} */
	String backend();

	/** Reads a property of the host (the root partition).
	 * @param property property code
	 * @return its value
	 * @throws HypervisorException with {@link HvStatus#UNKNOWN_PROPERTY} if there is none with this code */
	long getProperty(int property);

	/** Reads a property of the host that has more than one value (HVCALL_GET_PARTITION_PROPERTY_EX).
	 * @param property property code
	 * @param argument what the property asks for, mostly 0
	 * @return the value, up to 4072 bytes; of a banked property its number of banks in 2 bytes, 6 reserved bytes, then 8 bytes a bank
	 * @throws HypervisorException with {@link HvStatus#UNKNOWN_PROPERTY} if there is none with this code */
	byte[] getPropertyEx(int property, long argument);

	/** Hands a hypercall through that is about the host (MSHV_ROOT_HVCALL of the device): HVCALL_GET_PARTITION_PROPERTY and
	 * HVCALL_GET_PARTITION_PROPERTY_EX. The first 8 bytes of the input are taken as HV_PARTITION_ID_SELF.
	 * @return what the hypervisor answered, refusals too
	 * @throws HypervisorException (EINVAL) if the call is not one of these or has a size that cannot be */
	PassThroughResult passThrough(PassThroughCall call);

	/** Creates a partition. It has no memory and no processors, and is not initialized.
	 * @param config flags and features
	 * @return the partition, to be closed by the caller
	 * @throws HypervisorException if the configuration is refused or resources are short */
	Partition createPartition(PartitionConfig config);

	/** @return the partitions that are open now, in order of creation */
	List<Partition> partitions();
}
