package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreatePartitionInput;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PartitionPropertyExInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.backend.emu.guest.ProcessorFeatures;
import mshv.backend.emu.guest.SyntheticFeatures;
import mshv.backend.emu.partition.Partition;

/** Calls about partitions as a whole: life cycle and properties. */
final class PartitionCalls {
	/** Creation flags (HV_PARTITION_CREATION_FLAGS). */
	private static final int GPA_SUPER_PAGES = 4, EXO_PARTITION = 8, LAPIC = 13, INTERCEPT_MESSAGE_PAGE = 19, X2APIC = 22;
	/** SMT and nested virtualization: the processors have neither. */
	private static final long UNSUPPORTED_FLAGS = 3;
	private static final long CREATION_FLAGS = 1L << GPA_SUPER_PAGES | 1L << EXO_PARTITION | 1L << LAPIC | 1L << INTERCEPT_MESSAGE_PAGE
		| 1L << X2APIC;

	/** Bit of HV_PARTITION_PROCESSOR_XSAVE_FEATURES. */
	private static final long XSAVE = 1;
	private static final int ID_SIZE = 8;
	/** Most bytes of a property that has more than one value. */
	private static final int PROPERTY_EX_SIZE = 4072;
	/** VMM_CAPABILITIES: ASSIGNABLE_SYNTHETIC_PROC_FEATURES can be asked for. */
	private static final long ASSIGNABLE_SYNTHETIC = 1 << 4;
	/** Offset of the first bank of a banked property. */
	private static final int BANKS = 8;

	private final PartitionTable partitions;
	private final PendingCalls pending;

	PartitionCalls(PartitionTable partitions, PendingCalls pending) {
		this.partitions = partitions;
		this.pending = pending;
	}

	void register(CallTable table) {
		table.add(CallCode.CREATE_PARTITION, Call.simple(CreatePartitionInput.SIZE, ID_SIZE, this::create));
		table.add(CallCode.INITIALIZE_PARTITION, Call.simple(ID_SIZE, 0, call -> with(call.input, Partition::initialize)));
		table.add(CallCode.FINALIZE_PARTITION, Call.simple(ID_SIZE, 0, call -> with(call.input, Partition::end)));
		table.add(CallCode.DELETE_PARTITION, Call.simple(ID_SIZE, 0, call -> with(call.input, partitions::delete)));
		table.add(CallCode.GET_PARTITION_PROPERTY, Call.simple(PartitionPropertyInput.SIZE, Long.BYTES, this::getProperty));
		table.add(CallCode.SET_PARTITION_PROPERTY, Call.simple(SetPartitionPropertyInput.SIZE, 0, this::setProperty));
		table.add(CallCode.GET_PARTITION_PROPERTY_EX, Call.simple(PartitionPropertyExInput.SIZE, PROPERTY_EX_SIZE, this::getPropertyEx));
	}

	/** Every call here begins with the partition's id. */
	private HvStatus with(MemorySegment input, Function<Partition, HvStatus> action) {
		long id = input.get(JAVA_LONG_UNALIGNED, 0);
		Partition partition = partitions.find(id);
		return partition == null ? partitions.refusal(id) : action.apply(partition);
	}

	private HvStatus create(Invocation call) {
		CreatePartitionInput input = CreatePartitionInput.decode(call.input);
		if ((input.flags() & UNSUPPORTED_FLAGS) != 0) {
			return HvStatus.PROCESSOR_FEATURE_NOT_SUPPORTED;
		}
		boolean lapic = (input.flags() & 1L << LAPIC) != 0;
		boolean x2apic = (input.flags() & 1L << X2APIC) != 0;
		if (!CreatePartitionInput.reservedIsZero(call.input) || (input.flags() & ~CREATION_FLAGS) != 0 || x2apic && !lapic
				|| input.isolationProperties() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		ProcessorFeatures features = ProcessorFeatures.without(input.disabledProcessorFeatures0(), input.disabledProcessorFeatures1(),
			lapic, x2apic);
		boolean xsave = (input.disabledXsaveFeatures() & XSAVE) == 0;
		Partition partition = partitions.create((input.flags() & 1L << GPA_SUPER_PAGES) != 0, xsave ? features : features.withoutXsave());
		if (partition == null) {
			return HvStatus.NO_RESOURCES;
		}
		call.output.set(JAVA_LONG_UNALIGNED, 0, partition.id());
		return HvStatus.SUCCESS;
	}

	private HvStatus getProperty(Invocation call) {
		PartitionPropertyInput input = PartitionPropertyInput.decode(call.input);
		if (!PartitionPropertyInput.reservedIsZero(call.input)) {
			return HvStatus.INVALID_PARAMETER;
		}
		return property(input.partitionId(), input.property(), call.output);
	}

	private HvStatus property(long id, int property, MemorySegment output) {
		if (PartitionTable.isRoot(id)) {
			if (!partitions.rootProperties().has(property)) {
				return HvStatus.UNKNOWN_PROPERTY;
			}
			output.set(JAVA_LONG_UNALIGNED, 0, partitions.rootProperties().get(property, 0));
			return HvStatus.SUCCESS;
		}
		Partition partition = partitions.find(id);
		if (partition == null) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		if (!partition.hasProperty(property)) {
			return HvStatus.UNKNOWN_PROPERTY;
		}
		output.set(JAVA_LONG_UNALIGNED, 0, partition.property(property));
		return HvStatus.SUCCESS;
	}

	/** Banked properties say how many banks there are; all others are one value of 8 bytes. */
	private HvStatus getPropertyEx(Invocation call) {
		PartitionPropertyExInput input = PartitionPropertyExInput.decode(call.input);
		if (!PartitionPropertyExInput.reservedIsZero(call.input) || input.argument() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		return switch (input.property()) {
			case PartitionProperty.VMM_CAPABILITIES -> bank(call, ASSIGNABLE_SYNTHETIC);
			case PartitionProperty.ASSIGNABLE_SYNTHETIC_PROC_FEATURES -> bank(call, SyntheticFeatures.OFFERED);
			default -> {
				HvStatus status = property(input.partitionId(), input.property(), call.output);
				if (status == HvStatus.SUCCESS) {
					call.output.asSlice(Long.BYTES).fill((byte) 0);
				}
				yield status;
			}
		};
	}

	private HvStatus bank(Invocation call, long value) {
		long id = call.input.get(JAVA_LONG_UNALIGNED, 0);
		if (!PartitionTable.isRoot(id) && partitions.find(id) == null) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		call.output.fill((byte) 0);
		call.output.set(JAVA_SHORT_UNALIGNED, 0, (short) 1);
		call.output.set(JAVA_LONG_UNALIGNED, BANKS, value);
		return HvStatus.SUCCESS;
	}

	private HvStatus setProperty(Invocation call) {
		SetPartitionPropertyInput input = SetPartitionPropertyInput.decode(call.input);
		if (!SetPartitionPropertyInput.reservedIsZero(call.input)) {
			return HvStatus.INVALID_PARAMETER;
		}
		int property = input.property();
		long value = input.value();
		return with(call.input, partition -> partition.waitsForProcessors(property, value)
			? pending.begin(partition, () -> partition.setProperty(property, value)) : partition.setProperty(property, value));
	}
}
