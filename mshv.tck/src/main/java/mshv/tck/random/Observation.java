package mshv.tck.random;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.Register;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.abi.PartitionProperty;

/** What can be seen of a partition that nobody else uses and whose time stands still. */
record Observation(Map<String, Object> values) {
	/** They go on by themselves, or count what is seen here. */
	private static final Set<Register> MOVING = EnumSet.of(Register.TSC, Register.VP_RUNTIME, Register.TIME_REF_COUNT,
		Register.VP_ROOT_SIGNAL_COUNT);
	private static final List<Register> REGISTERS = Arrays.stream(Register.values()).filter(register -> !MOVING.contains(register)).toList();
	private static final int[] PROPERTIES = {PartitionProperty.PRIVILEGE_FLAGS, PartitionProperty.SYNTHETIC_PROC_FEATURES,
		PartitionProperty.TIME_FREEZE, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, PartitionProperty.UNIMPLEMENTED_MSR_ACTION,
		PartitionProperty.PROCESSOR_FEATURES0, PartitionProperty.XSAVE_FEATURES, PartitionProperty.GUEST_OS_ID};

	static Observation of(Partition partition) {
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("regions", seen(partition::memoryRegions));
		for (int property : PROPERTIES) {
			values.put("property " + Integer.toHexString(property), seen(() -> partition.getProperty(property)));
		}
		values.put("processors", seen(() -> partition.virtualProcessors().stream().map(VirtualProcessor::index).toList()));
		if (seen(partition::virtualProcessors) instanceof List<?> processors) {
			processors.forEach(processor -> observe((VirtualProcessor) processor, values));
		}
		return new Observation(values);
	}

	private static void observe(VirtualProcessor processor, Map<String, Object> values) {
		for (Register register : REGISTERS) {
			values.put(processor.index() + "." + register, seen(() -> processor.getRegisters(List.of(register))));
		}
		for (VpState state : VpState.values()) {
			values.put(processor.index() + "." + state, seen(() -> Arrays.toString(processor.getState(state))));
		}
	}

	/** A refusal is something to see as well. */
	private static Object seen(Supplier<Object> look) {
		try {
			return look.get();
		} catch (HypervisorException e) {
			return List.of(e.status(), e.errno());
		}
	}

	/** @return what is different now, empty if nothing is */
	String difference(Observation later) {
		StringBuilder text = new StringBuilder();
		values.forEach((name, value) -> {
			Object now = later.values.get(name);
			if (!Objects.equals(value, now)) {
				text.append(name).append(" was ").append(value).append(" and is ").append(now).append("; ");
			}
		});
		return text.toString();
	}
}
