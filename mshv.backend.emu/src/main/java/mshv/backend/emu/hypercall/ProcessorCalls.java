package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import mshv.api.HvStatus;
import mshv.api.Translation;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.DeleteVpInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.VpRegistersInput;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.Suspension;
import mshv.backend.emu.partition.VirtualProcessor;

/** Calls about processors: creation, registers, address translation. */
final class ProcessorCalls {
	private static final int VALUE_SIZE = 16;
	private static final int NAME_SIZE = 4;
	private static final int EXPLICIT_SUSPEND = Suspension.EXPLICIT_SUSPEND;
	/** Cache type of all memory: write-back. */
	private static final int WRITE_BACK = 6;
	private static final int OVERLAY_PAGE = 1 << 8;
	/** Translation flags that are known; the top byte is the trust level, of which there is one. */
	private static final long TRANSLATE_FLAGS = 0x3F7;
	private static final long TRANSLATE_PRIVILEGE_EXEMPT = 8;

	private final PartitionTable partitions;

	ProcessorCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.CREATE_VP, Call.simple(CreateVpInput.SIZE, 0, this::create));
		table.add(CallCode.DELETE_VP, Call.simple(DeleteVpInput.SIZE, 0, this::delete));
		table.add(CallCode.GET_VP_REGISTERS, Call.repeated(VpRegistersInput.SIZE, NAME_SIZE, VALUE_SIZE, this::getRegisters));
		table.add(CallCode.SET_VP_REGISTERS, Call.repeated(VpRegistersInput.SIZE, RegisterAssociation.SIZE, 0, this::setRegisters));
		table.add(CallCode.TRANSLATE_VIRTUAL_ADDRESS,
			Call.simple(TranslateVirtualAddressInput.SIZE, TranslateVirtualAddressOutput.SIZE, this::translate));
	}

	private HvStatus create(Invocation call) {
		CreateVpInput input = CreateVpInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		if (!CreateVpInput.reservedIsZero(call.input) || input.subnodeType() != 0 || input.subnodeId() != 0 || input.flags() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		return partition.createProcessor(input.vpIndex());
	}

	private HvStatus delete(Invocation call) {
		DeleteVpInput input = DeleteVpInput.decode(call.input);
		Partition partition = partitions.find(input.partitionId());
		if (partition == null) {
			return partitions.refusal(input.partitionId());
		}
		return DeleteVpInput.reservedIsZero(call.input) ? partition.deleteProcessor(input.vpIndex()) : HvStatus.INVALID_PARAMETER;
	}

	/** What a call does with the processor that its input names. */
	@FunctionalInterface
	private interface ProcessorAction {
		HvStatus apply(VirtualProcessor processor);
	}

	private HvStatus withProcessor(long id, int index, ProcessorAction action) {
		Partition partition = partitions.find(id);
		if (partition == null) {
			return partitions.refusal(id);
		}
		VirtualProcessor processor = partition.processor(index);
		return processor == null ? HvStatus.INVALID_VP_INDEX : action.apply(processor);
	}

	/** Does something while the processor stands. */
	private static HvStatus borrowing(VirtualProcessor processor, ProcessorAction action) {
		if (!processor.borrow()) {
			return HvStatus.INVALID_VP_INDEX;
		}
		try {
			return action.apply(processor);
		} finally {
			processor.giveBack();
		}
	}

	private HvStatus withRegisters(Invocation call, int stride, ProcessorAction action) {
		VpRegistersInput input = VpRegistersInput.decode(call.input);
		if (!VpRegistersInput.reservedIsZero(call.input) || !VtlInput.valid(input.inputVtl())) {
			return HvStatus.INVALID_PARAMETER;
		}
		return withProcessor(input.partitionId(), input.vpIndex(), processor -> {
			for (int i = call.completed; i < call.count; i++) {
				if (!Suspension.hasRegister(call.input.get(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + (long) stride * i))) {
					return borrowing(processor, action);
				}
			}
			return action.apply(processor);
		});
	}

	private HvStatus getRegisters(Invocation call) {
		return withRegisters(call, NAME_SIZE, processor -> {
			for (; call.completed < call.count; call.completed++) {
				int name = call.input.get(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + (long) NAME_SIZE * call.completed);
				long at = (long) VALUE_SIZE * call.completed;
				if (Suspension.hasRegister(name)) {
					call.output.set(JAVA_LONG_UNALIGNED, at, processor.suspension().register(name));
					call.output.set(JAVA_LONG_UNALIGNED, at + 8, 0);
				} else if (processor.readRegister(name)) {
					call.output.set(JAVA_LONG_UNALIGNED, at, processor.low());
					call.output.set(JAVA_LONG_UNALIGNED, at + 8, processor.high());
				} else {
					return HvStatus.INVALID_PARAMETER;
				}
			}
			return HvStatus.SUCCESS;
		});
	}

	private HvStatus setRegisters(Invocation call) {
		HvStatus status = setEach(call);
		VpRegistersInput input = VpRegistersInput.decode(call.input);
		for (int i = 0; i < call.completed; i++) {
			if (call.input.get(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + (long) RegisterAssociation.SIZE * i) == EXPLICIT_SUSPEND) {
				withProcessor(input.partitionId(), input.vpIndex(), processor -> {
					processor.settle();
					return HvStatus.SUCCESS;
				});
			}
		}
		return status;
	}

	private HvStatus setEach(Invocation call) {
		return withRegisters(call, RegisterAssociation.SIZE, processor -> {
			for (; call.completed < call.count; call.completed++) {
				MemorySegment at = call.input.asSlice(VpRegistersInput.SIZE + (long) RegisterAssociation.SIZE * call.completed,
					RegisterAssociation.SIZE);
				RegisterAssociation register = RegisterAssociation.decode(at);
				if (!RegisterAssociation.reservedIsZero(at)) {
					return HvStatus.INVALID_PARAMETER;
				}
				HvStatus status = Suspension.hasRegister(register.name())
					? processor.suspension().setRegister(register.name(), register.low())
					: processor.writeRegister(register.name(), register.low(), register.high());
				if (status != HvStatus.SUCCESS) {
					return status;
				}
			}
			return HvStatus.SUCCESS;
		});
	}

	private HvStatus translate(Invocation call) {
		TranslateVirtualAddressInput input = TranslateVirtualAddressInput.decode(call.input);
		if (!TranslateVirtualAddressInput.reservedIsZero(call.input)
				|| (input.controlFlags() & ~(TRANSLATE_FLAGS | TRANSLATE_PRIVILEGE_EXEMPT)) != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		return withProcessor(input.partitionId(), input.vpIndex(), found -> borrowing(found, processor -> {
			Translation.Result result = processor.translate(input.virtualPage() << PhysicalMemory.PAGE_SHIFT, input.controlFlags());
			boolean success = result == Translation.Result.SUCCESS;
			long page = success ? processor.translated() >>> PhysicalMemory.PAGE_SHIFT : 0;
			int flags = success ? WRITE_BACK | (processor.partition().overlaid(page) ? OVERLAY_PAGE : 0) : 0;
			new TranslateVirtualAddressOutput(result.ordinal(), flags, page).encode(call.output);
			return HvStatus.SUCCESS;
		}));
	}
}
