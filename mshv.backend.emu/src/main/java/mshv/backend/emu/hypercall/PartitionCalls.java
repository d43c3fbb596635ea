package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreatePartitionInput;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.backend.emu.guest.ProcessorFeatures;
import mshv.backend.emu.partition.Partition;

/** Calls about partitions as a whole: life cycle, properties, intercepts. */
final class PartitionCalls {
	/** Creation flags (HV_PARTITION_CREATION_FLAGS). */
	private static final int GPA_SUPER_PAGES = 4, EXO_PARTITION = 8, LAPIC = 13, INTERCEPT_MESSAGE_PAGE = 19, X2APIC = 22;
	/** SMT and nested virtualization: the processors have neither. */
	private static final long UNSUPPORTED_FLAGS = 3;
	private static final long CREATION_FLAGS = 1L << GPA_SUPER_PAGES | 1L << EXO_PARTITION | 1L << LAPIC | 1L << INTERCEPT_MESSAGE_PAGE
		| 1L << X2APIC;

	private static final int INTERCEPT_IO_PORT = 0, INTERCEPT_MSR = 1, INTERCEPT_CPUID = 2, INTERCEPT_EXCEPTION = 3,
		INTERCEPT_MSR_INDEX = 0xC;
	/** Bit of HV_PARTITION_PROCESSOR_XSAVE_FEATURES. */
	private static final long XSAVE = 1;
	private static final long LAST_EXCEPTION = 31;
	private static final int READ = 1, WRITE = 2, EXECUTE = 4;
	private static final int ID_SIZE = 8;

	private final PartitionTable partitions;

	PartitionCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.CREATE_PARTITION, Call.simple(CreatePartitionInput.SIZE, ID_SIZE, this::create));
		table.add(CallCode.INITIALIZE_PARTITION, Call.simple(ID_SIZE, 0, call -> with(call.input, Partition::initialize)));
		table.add(CallCode.FINALIZE_PARTITION, Call.simple(ID_SIZE, 0, call -> with(call.input, Partition::end)));
		table.add(CallCode.DELETE_PARTITION, Call.simple(ID_SIZE, 0, call -> with(call.input, partitions::delete)));
		table.add(CallCode.GET_PARTITION_PROPERTY, Call.simple(PartitionPropertyInput.SIZE, Long.BYTES, this::getProperty));
		table.add(CallCode.SET_PARTITION_PROPERTY, Call.simple(SetPartitionPropertyInput.SIZE, 0, this::setProperty));
		table.add(CallCode.INSTALL_INTERCEPT, Call.simple(InstallInterceptInput.SIZE, 0, this::installIntercept));
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
		if (PartitionTable.isRoot(input.partitionId())) {
			if (!partitions.rootProperties().has(input.property())) {
				return HvStatus.UNKNOWN_PROPERTY;
			}
			call.output.set(JAVA_LONG_UNALIGNED, 0, partitions.rootProperties().get(input.property(), 0));
			return HvStatus.SUCCESS;
		}
		return with(call.input, partition -> {
			if (!partition.hasProperty(input.property())) {
				return HvStatus.UNKNOWN_PROPERTY;
			}
			call.output.set(JAVA_LONG_UNALIGNED, 0, partition.property(input.property()));
			return HvStatus.SUCCESS;
		});
	}

	private HvStatus setProperty(Invocation call) {
		SetPartitionPropertyInput input = SetPartitionPropertyInput.decode(call.input);
		if (!SetPartitionPropertyInput.reservedIsZero(call.input)) {
			return HvStatus.INVALID_PARAMETER;
		}
		return with(call.input, partition -> partition.setProperty(input.property(), input.value()));
	}

	private HvStatus installIntercept(Invocation call) {
		InstallInterceptInput input = InstallInterceptInput.decode(call.input);
		return with(call.input, partition -> {
			int access = input.accessMask();
			int allowed = switch (input.interceptType()) {
				case INTERCEPT_IO_PORT, INTERCEPT_MSR, INTERCEPT_MSR_INDEX -> READ | WRITE;
				case INTERCEPT_CPUID, INTERCEPT_EXCEPTION -> EXECUTE;
				default -> -1;
			};
			if (allowed < 0) {
				return HvStatus.FEATURE_UNAVAILABLE;
			}
			boolean port = input.interceptType() == INTERCEPT_IO_PORT;
			if ((access & ~allowed) != 0 || input.parameter() >>> (port ? 16 : 32) != 0) {
				return HvStatus.INVALID_PARAMETER;
			}
			if (port) {
				// Nobody but the root has ports: every access is intercepted, and there is no way not to
				return access == 0 ? HvStatus.OPERATION_DENIED : HvStatus.SUCCESS;
			}
			if (input.interceptType() == INTERCEPT_EXCEPTION) {
				if (input.parameter() > LAST_EXCEPTION) {
					return HvStatus.INVALID_PARAMETER;
				}
				partition.interceptException((int) input.parameter(), access);
			} else if (input.interceptType() == INTERCEPT_CPUID) {
				partition.interceptCpuid((int) input.parameter(), access);
			} else {
				partition.interceptMsr((int) input.parameter(), access);
			}
			return HvStatus.SUCCESS;
		});
	}
}
