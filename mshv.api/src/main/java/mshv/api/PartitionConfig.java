package mshv.api;

import java.util.Objects;
import java.util.Set;

/**
 * What a partition is created with (MSHV_CREATE_PARTITION).
 *
 * @param flags creation flags
 * @param disabledProcessorFeatures0 bank 0 of HV_PARTITION_PROCESSOR_FEATURES, a set bit disables the feature
 * @param disabledProcessorFeatures1 bank 1
 * @param disabledXsaveFeatures HV_PARTITION_PROCESSOR_XSAVE_FEATURES, a set bit disables the feature
 */
public record PartitionConfig(Set<Flag> flags, long disabledProcessorFeatures0, long disabledProcessorFeatures1,
		long disabledXsaveFeatures) {
	/** Creation flags, by their bit in {@code pt_flags}. */
	public enum Flag {
		/** The hypervisor emulates a local APIC for each processor. */
		LAPIC,
		/** The local APIC offers x2APIC mode. */
		X2APIC,
		/** Guest memory may be mapped in 2 MiB units. */
		GPA_SUPER_PAGES,
		/** Processor and XSAVE features are given. */
		CPU_AND_XSAVE_FEATURES,
		/** The guest may run a hypervisor of its own. */
		NESTED_VIRTUALIZATION,
		/** The guest sees hardware threads. */
		SMT_ENABLED_GUEST;

		/** @return the flag's bit in {@code pt_flags} */
		public long bit() {
			return 1L << ordinal();
		}
	}

	/** Copies the flags. */
	public PartitionConfig {
		flags = Set.copyOf(Objects.requireNonNull(flags, "flags"));
	}

	/** @return a partition with local APICs that offer x2APIC mode, and every processor feature that the host has */
	public static PartitionConfig standard() {
		return new PartitionConfig(Set.of(Flag.LAPIC, Flag.X2APIC), 0, 0, 0);
	}
}
