package mshv.backend.emu.partition;

import java.util.Map;
import java.util.TreeMap;

import mshv.api.HvStatus;
import mshv.api.abi.PartitionProperty;

/**
 * Properties that are advice to a scheduler which this hypervisor does not have, or about a topology that the monitor tells the guest
 * itself: they are kept, and have no effect. Any thread.
 */
final class KeptProperties {
	/** What a property may be, and is at first. */
	private record Range(long lowest, long highest, long initial) {}

	/** All of a processor's time. */
	private static final long WHOLE = 0x10000;
	private static final Map<Integer, Range> RANGES = Map.of(
		PartitionProperty.CPU_RESERVE, new Range(0, WHOLE, 0),
		PartitionProperty.CPU_CAP, new Range(0, WHOLE, WHOLE),
		PartitionProperty.CPU_WEIGHT, new Range(1, 10_000, 100),
		// There are no groups
		PartitionProperty.CPU_GROUP_ID, new Range(0, 0, 0),
		PartitionProperty.PROCESSORS_PER_SOCKET, new Range(1, Partition.LAST_VP_INDEX + 1L, Partition.LAST_VP_INDEX + 1L));

	/** Those that were set. */
	private final Map<Integer, Long> values = new TreeMap<>();

	static boolean has(int code) {
		return RANGES.containsKey(code);
	}

	/** @param code of a property that is here */
	synchronized long get(int code) {
		Long value = values.get(code);
		return value == null ? RANGES.get(code).initial : value;
	}

	/** @param code of a property that is here */
	synchronized HvStatus set(int code, long value) {
		Range range = RANGES.get(code);
		if (value < range.lowest || value > range.highest) {
			return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
		}
		values.put(code, value);
		return HvStatus.SUCCESS;
	}
}
