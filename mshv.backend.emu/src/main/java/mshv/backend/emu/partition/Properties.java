package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.api.abi.PartitionProperty;
import mshv.backend.emu.guest.GuestClock;
import mshv.backend.emu.guest.Privileges;
import mshv.backend.emu.guest.ProcessorFeatures;
import mshv.backend.emu.guest.SyntheticFeatures;
import mshv.backend.emu.memory.PhysicalMemory;

/** Properties of one partition, or of the root when it asks what a partition could have. Any thread. */
public final class Properties {
	/** HV_PARTITION_PROCESSOR_VENDOR: Intel. */
	private static final long VENDOR = 1;
	/** x87 and SSE. */
	static final long XSAVE_STATES = 3;
	private static final long COMPATIBILITY = 0x609;

	private final ProcessorFeatures features;
	private final GuestClock clock;
	private volatile long syntheticFeatures = SyntheticFeatures.OFFERED;
	private volatile long privileges = Privileges.GRANTABLE;
	private volatile boolean ignoreUnknownMsrs;
	private volatile boolean early = true;
	private final KeptProperties kept = new KeptProperties();

	/** @param features of the processors
	 * @param clock of the partition */
	public Properties(ProcessorFeatures features, GuestClock clock) {
		this.features = features;
		this.clock = clock;
	}

	/** The partition is initialized: early properties are fixed. */
	void endEarly() {
		early = false;
	}

	long syntheticFeatures() {
		return syntheticFeatures;
	}

	/** @return what the guest may do beyond what follows from its synthetic features */
	long privileges() {
		return privileges;
	}

	/** @return true if an access to an MSR that does not exist reads zero and writes nothing, instead of raising #GP */
	boolean ignoreUnknownMsrs() {
		return ignoreUnknownMsrs;
	}

	/** @return whether there is a property with this code */
	public boolean has(int code) {
		return switch (code) {
			case PartitionProperty.PRIVILEGE_FLAGS, PartitionProperty.SYNTHETIC_PROC_FEATURES, PartitionProperty.TIME_FREEZE,
				PartitionProperty.REFERENCE_TIME, PartitionProperty.UNIMPLEMENTED_MSR_ACTION, PartitionProperty.GUEST_OS_ID,
				PartitionProperty.GPA_PAGE_ACCESS_TRACKING, PartitionProperty.SUSPEND -> true;
			default -> isFixed(code) || KeptProperties.has(code);
		};
	}

	private static boolean isFixed(int code) {
		return switch (code) {
			case PartitionProperty.PROCESSOR_VENDOR, PartitionProperty.XSAVE_FEATURES, PartitionProperty.PHYSICAL_ADDRESS_WIDTH,
				PartitionProperty.XSAVE_STATES, PartitionProperty.MAX_XSAVE_DATA_SIZE, PartitionProperty.PROCESSOR_CLOCK_FREQUENCY,
				PartitionProperty.PROCESSOR_FEATURES0, PartitionProperty.PROCESSOR_FEATURES1, PropertyCode.CL_FLUSH_SIZE,
				PropertyCode.COMPATIBILITY_VERSION, PropertyCode.IMPLEMENTED_PHYSICAL_ADDRESS_BITS,
				PropertyCode.PROCESSOR_FEATURES_DEPRECATED -> true;
			default -> false;
		};
	}

	/** @param code of a property that exists
	 * @param guestOsId what the guest has said of its operating system */
	public long get(int code, long guestOsId) {
		return switch (code) {
			case PartitionProperty.PRIVILEGE_FLAGS -> privileges;
			// Of the root: it maps its own pages, and runs
			case PartitionProperty.GPA_PAGE_ACCESS_TRACKING, PartitionProperty.SUSPEND -> 0;
			case PartitionProperty.SYNTHETIC_PROC_FEATURES -> syntheticFeatures;
			case PartitionProperty.TIME_FREEZE -> clock.frozen() ? 1 : 0;
			case PartitionProperty.REFERENCE_TIME -> clock.referenceTime();
			case PartitionProperty.UNIMPLEMENTED_MSR_ACTION -> ignoreUnknownMsrs ? 1 : 0;
			case PartitionProperty.GUEST_OS_ID -> guestOsId;
			case PartitionProperty.PROCESSOR_VENDOR -> VENDOR;
			case PartitionProperty.PHYSICAL_ADDRESS_WIDTH, PropertyCode.IMPLEMENTED_PHYSICAL_ADDRESS_BITS -> PhysicalMemory.ADDRESS_BITS;
			case PartitionProperty.XSAVE_STATES -> XSAVE_STATES;
			case PartitionProperty.MAX_XSAVE_DATA_SIZE -> XsaveArea.SIZE;
			case PartitionProperty.PROCESSOR_CLOCK_FREQUENCY -> clock.frequency();
			case PartitionProperty.PROCESSOR_FEATURES0, PropertyCode.PROCESSOR_FEATURES_DEPRECATED -> features.bank0();
			case PartitionProperty.PROCESSOR_FEATURES1 -> features.bank1();
			case PropertyCode.CL_FLUSH_SIZE -> 8;
			case PropertyCode.COMPATIBILITY_VERSION -> COMPATIBILITY;
			// The processor has no XSAVE
			case PartitionProperty.XSAVE_FEATURES -> 0;
			default -> {
				if (!KeptProperties.has(code)) {
					throw new IllegalArgumentException("property " + Integer.toHexString(code));
				}
				yield kept.get(code);
			}
		};
	}

	/** Sets a property that only holds a value; those with an effect are the partition's.
	 * @param code of a property that exists */
	HvStatus set(int code, long value) {
		switch (code) {
			case PartitionProperty.PRIVILEGE_FLAGS, PartitionProperty.SYNTHETIC_PROC_FEATURES -> {
				return setEarly(code, value);
			}
			case PartitionProperty.UNIMPLEMENTED_MSR_ACTION -> {
				if (value < 0 || value > 1) {
					return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
				}
				ignoreUnknownMsrs = value == 1;
				return HvStatus.SUCCESS;
			}
			default -> {
				return KeptProperties.has(code) ? kept.set(code, value) : HvStatus.OPERATION_DENIED;
			}
		}
	}

	private HvStatus setEarly(int code, long value) {
		if (!early) {
			return HvStatus.INVALID_PARTITION_STATE;
		}
		if (code == PartitionProperty.PRIVILEGE_FLAGS) {
			// Guests have none of the root's privileges
			if ((value & ~Privileges.GRANTABLE) != 0) {
				return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
			}
			privileges = value;
			return HvStatus.SUCCESS;
		}
		if ((value & ~SyntheticFeatures.OFFERED) != 0) {
			return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
		}
		syntheticFeatures = value;
		return HvStatus.SUCCESS;
	}
}
