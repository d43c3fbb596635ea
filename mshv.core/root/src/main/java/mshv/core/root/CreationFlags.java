package mshv.core.root;

import java.util.Set;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.PartitionConfig;
import mshv.api.PartitionConfig.Flag;

/**
 * A configuration as HVCALL_CREATE_PARTITION takes it.
 *
 * @param bits HV_PARTITION_CREATION_FLAGS
 * @param config the configuration
 */
record CreationFlags(long bits, PartitionConfig config) {
	/** SMT_ENABLED_GUEST. */
	private static final int SMT = 0;
	/** NESTED_VIRTUALIZATION_CAPABLE. */
	private static final int NESTED = 1;
	/** GPA_SUPER_PAGES_ENABLED. */
	private static final int SUPER_PAGES = 4;
	/** EXO_PARTITION: no memory of the root is shared. */
	private static final int EXO_PARTITION = 8;
	/** LAPIC_ENABLED. */
	private static final int LAPIC = 13;
	/** INTERCEPT_MESSAGE_PAGE_ENABLED. */
	private static final int INTERCEPT_MESSAGE_PAGE = 19;
	/** X2APIC_CAPABLE. */
	private static final int X2APIC = 22;

	/** @throws HypervisorException (EINVAL) if features are given without the flag that says so */
	static CreationFlags of(PartitionConfig config) {
		if (!config.flags().contains(Flag.CPU_AND_XSAVE_FEATURES)
				&& (config.disabledProcessorFeatures0() | config.disabledProcessorFeatures1() | config.disabledXsaveFeatures()) != 0) {
			throw new HypervisorException("features are given without the flag CPU_AND_XSAVE_FEATURES", Errno.EINVAL);
		}
		return new CreationFlags(bits(config.flags()), config);
	}

	private static long bits(Set<Flag> flags) {
		long bits = 1L << EXO_PARTITION | 1L << INTERCEPT_MESSAGE_PAGE;
		for (Flag flag : flags) {
			bits |= switch (flag) {
				case LAPIC -> 1L << LAPIC;
				case X2APIC -> 1L << X2APIC;
				case GPA_SUPER_PAGES -> 1L << SUPER_PAGES;
				case CPU_AND_XSAVE_FEATURES -> 0;
				case NESTED_VIRTUALIZATION -> 1L << NESTED;
				case SMT_ENABLED_GUEST -> 1L << SMT;
			};
		}
		return bits;
	}

	/** @return whether guest memory may be mapped in 2 MiB units */
	boolean superPages() {
		return (bits & 1L << SUPER_PAGES) != 0;
	}
}
