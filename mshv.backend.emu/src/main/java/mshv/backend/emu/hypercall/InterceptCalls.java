package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.CpuidInterceptResult;
import mshv.api.abi.CpuidLeafInput;
import mshv.api.abi.CpuidValuesInput;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptResultInput;
import mshv.api.abi.InterceptType;
import mshv.api.abi.MsrInterceptResult;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.VirtualProcessor;

/** Calls about what the root intercepts of a guest, and what the guest gets instead. */
final class InterceptCalls {
	private static final int READ = 1, WRITE = 2, EXECUTE = 4;
	private static final long LAST_EXCEPTION = 31;
	private static final int UPDATE_SIGNATURE_MSR = 0x8B;
	private static final int RESULT_SIZE = InterceptResultInput.SIZE + CpuidInterceptResult.SIZE;
	private static final int CPUID_SIZE = 16;
	private static final int OWN_STATES = 1, REGISTERED = 2;
	private static final int ACTION_IGNORE = 1;

	private final PartitionTable partitions;

	InterceptCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.INSTALL_INTERCEPT, Call.simple(InstallInterceptInput.SIZE, 0, this::install));
		table.add(CallCode.REGISTER_INTERCEPT_RESULT, Call.simple(RESULT_SIZE, 0, this::registerResult));
		table.add(CallCode.GET_VP_CPUID_VALUES, Call.repeated(CpuidValuesInput.SIZE, CpuidLeafInput.SIZE, CPUID_SIZE, this::cpuid));
	}

	private HvStatus install(Invocation call) {
		InstallInterceptInput input = InstallInterceptInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		return partition == null ? partitions.refusal(input.partitionId())
			: install(partition, input.interceptType(), input.accessMask(), input.parameter());
	}

	private static HvStatus install(Partition partition, int type, int access, long parameter) {
		int allowed = switch (type) {
			case InterceptType.IO_PORT, InterceptType.MSR, InterceptType.MSR_INDEX, InterceptType.MMIO -> READ | WRITE;
			case InterceptType.CPUID, InterceptType.EXCEPTION, InterceptType.GLOBAL_CPUID, InterceptType.HYPERCALL,
				InterceptType.APIC_INIT_SIPI -> EXECUTE;
			case InterceptType.MC_UPDATE_PATCH_LEVEL_MSR_READ -> READ;
			// There is no system management mode, and no message tells of single registers of an APIC
			default -> -1;
		};
		if (allowed < 0) {
			return HvStatus.FEATURE_UNAVAILABLE;
		}
		if ((access & ~allowed) != 0 || parameter < 0 || parameter > lastParameter(type)) {
			return HvStatus.INVALID_PARAMETER;
		}
		int index = (int) parameter;
		switch (type) {
			case InterceptType.EXCEPTION -> partition.intercepts().setException(index, access != 0);
			case InterceptType.CPUID -> partition.intercepts().setCpuid(index, access);
			case InterceptType.GLOBAL_CPUID -> partition.intercepts().setAllCpuid(access != 0);
			case InterceptType.HYPERCALL -> partition.intercepts().setHypercalls(access != 0);
			case InterceptType.APIC_INIT_SIPI -> partition.intercepts().setStartup(access != 0);
			case InterceptType.MC_UPDATE_PATCH_LEVEL_MSR_READ -> partition.intercepts().setMsr(UPDATE_SIGNATURE_MSR, access);
			case InterceptType.MSR -> {
				if (parameter == 0) {
					partition.intercepts().setUnknownMsrs(access);
				} else {
					partition.intercepts().setMsr(index, access);
				}
			}
			case InterceptType.MSR_INDEX -> partition.intercepts().setMsr(index, access);
			default -> {
				// Nobody but the root has ports and devices: every access is intercepted, and there is no way not to
				return access == 0 ? HvStatus.OPERATION_DENIED : HvStatus.SUCCESS;
			}
		}
		return HvStatus.SUCCESS;
	}

	private static long lastParameter(int type) {
		return switch (type) {
			case InterceptType.IO_PORT -> 0xFFFF;
			case InterceptType.EXCEPTION -> LAST_EXCEPTION;
			case InterceptType.CPUID, InterceptType.MSR, InterceptType.MSR_INDEX -> 0xFFFFFFFFL;
			default -> 0;
		};
	}

	private VirtualProcessor processor(long partition, int index) {
		Partition found = partitions.find(partition);
		return found == null ? null : found.processor(index);
	}

	private HvStatus refusal(long partition) {
		return partitions.find(partition) == null ? partitions.refusal(partition) : HvStatus.INVALID_VP_INDEX;
	}

	private HvStatus registerResult(Invocation call) {
		InterceptResultInput input = InterceptResultInput.decode(call.input);
		VirtualProcessor processor = processor(input.partitionId(), input.vpIndex());
		if (processor == null) {
			return refusal(input.partitionId());
		}
		MemorySegment parameters = call.input.asSlice(InterceptResultInput.SIZE);
		return switch (input.interceptType()) {
			case InterceptType.CPUID -> {
				CpuidInterceptResult result = CpuidInterceptResult.decode(parameters);
				if (!CpuidInterceptResult.reservedIsZero(parameters) || result.subleafSpecific() > 1 || result.alwaysOverride() > 1) {
					yield HvStatus.INVALID_PARAMETER;
				}
				processor.registerCpuid(result);
				yield HvStatus.SUCCESS;
			}
			case InterceptType.MSR, InterceptType.MSR_INDEX -> {
				MsrInterceptResult result = MsrInterceptResult.decode(parameters);
				boolean valid = result.access() != 0 && (result.access() & ~(READ | WRITE)) == 0 && result.action() >= 0
					&& result.action() <= ACTION_IGNORE && zero(parameters.asSlice(MsrInterceptResult.SIZE));
				if (!valid) {
					yield HvStatus.INVALID_PARAMETER;
				}
				processor.registerMsr(result.index(), result.access(), result.action() == ACTION_IGNORE);
				yield HvStatus.SUCCESS;
			}
			default -> HvStatus.INVALID_PARAMETER;
		};
	}

	private static boolean zero(MemorySegment bytes) {
		for (long i = 0; i < bytes.byteSize(); i++) {
			if (bytes.get(JAVA_BYTE, i) != 0) {
				return false;
			}
		}
		return true;
	}

	/** The extended states that a leaf is asked for have no effect: no leaf that depends on them exists without XSAVE. */
	private HvStatus cpuid(Invocation call) {
		CpuidValuesInput input = CpuidValuesInput.decode(call.input);
		VirtualProcessor processor = processor(input.partitionId(), input.vpIndex());
		if (processor == null) {
			return refusal(input.partitionId());
		}
		if (!CpuidValuesInput.reservedIsZero(call.input) || (input.flags() & ~(OWN_STATES | REGISTERED)) != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (!processor.borrow()) {
			return HvStatus.INVALID_VP_INDEX;
		}
		try {
			int[] result = new int[4];
			for (; call.completed < call.count; call.completed++) {
				CpuidLeafInput leaf = CpuidLeafInput
					.decode(call.input.asSlice(CpuidValuesInput.SIZE + (long) CpuidLeafInput.SIZE * call.completed));
				processor.cpuid(leaf.leaf(), leaf.subleaf(), (input.flags() & REGISTERED) != 0, result);
				for (int i = 0; i < 4; i++) {
					call.output.set(JAVA_INT_UNALIGNED, (long) CPUID_SIZE * call.completed + 4 * i, result[i]);
				}
			}
			return HvStatus.SUCCESS;
		} finally {
			processor.giveBack();
		}
	}
}
