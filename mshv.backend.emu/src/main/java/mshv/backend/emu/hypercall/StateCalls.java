package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import mshv.api.HvStatus;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.MapVpStatePageInput;
import mshv.api.abi.StatsPageInput;
import mshv.api.abi.UnmapVpStatePageInput;
import mshv.api.abi.VpStateInput;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.VirtualProcessor;
import mshv.backend.emu.synic.SyntheticTimers;

/** Calls about a processor's state in blocks and about the pages that it shares with the root. */
final class StateCalls {
	private static final int PAGE_SHIFT = 12;
	private static final int TIMERS_SIZE = SyntheticTimers.STATE_SIZE;
	private static final int STATS_OBJECT_VP = 0x10002;
	/** Page numbers of user space end here. */
	private static final long LAST_PAGE = (1L << 35) - 1;

	private final PartitionTable partitions;

	StateCalls(PartitionTable partitions) {
		this.partitions = partitions;
	}

	void register(CallTable table) {
		table.add(CallCode.GET_VP_STATE, Call.variable(VpStateInput.SIZE, TIMERS_SIZE, this::getState));
		table.add(CallCode.SET_VP_STATE, Call.variable(VpStateInput.SIZE, 0, this::setState));
		table.add(CallCode.MAP_VP_STATE_PAGE, Call.simple(MapVpStatePageInput.SIZE, Long.BYTES, this::mapStatePage));
		table.add(CallCode.UNMAP_VP_STATE_PAGE, Call.simple(UnmapVpStatePageInput.SIZE, 0, this::unmapStatePage));
		table.add(CallCode.MAP_STATS_PAGE, Call.simple(StatsPageInput.SIZE, Long.BYTES, this::mapStatsPage));
		table.add(CallCode.UNMAP_STATS_PAGE, Call.simple(StatsPageInput.SIZE, 0, this::unmapStatsPage));
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

	private HvStatus withState(Invocation call, ProcessorAction action) {
		VpStateInput input = VpStateInput.decode(call.input);
		if (!VpStateInput.reservedIsZero(call.input) || !VtlInput.valid(input.inputVtl())) {
			return HvStatus.INVALID_PARAMETER;
		}
		return withProcessor(input.partitionId(), input.vpIndex(), processor -> {
			if (!processor.borrow()) {
				return HvStatus.INVALID_VP_INDEX;
			}
			try {
				return action.apply(processor);
			} finally {
				processor.giveBack();
			}
		});
	}

	private static VpState state(int type) {
		for (VpState state : VpState.values()) {
			if (state.hypervisorType() == type) {
				return state;
			}
		}
		return null;
	}

	/** @return address of the page that the variable header names, 0 if it names none that can be */
	private static long page(Invocation call) {
		if (call.variableHeader < Long.BYTES) {
			return 0;
		}
		long page = call.input.get(JAVA_LONG_UNALIGNED, VpStateInput.SIZE);
		return page <= 0 || page > LAST_PAGE ? 0 : page << PAGE_SHIFT;
	}

	private HvStatus getState(Invocation call) {
		return withState(call, processor -> {
			VpState state = state(VpStateInput.decode(call.input).type());
			if (state == VpState.SYNTHETIC_TIMERS) {
				if (call.output == null || call.variableHeader != 0) {
					return HvStatus.INVALID_PARAMETER;
				}
				processor.synic().timers().save(call.output);
				return HvStatus.SUCCESS;
			}
			long page = page(call);
			if (state == null || page == 0) {
				return HvStatus.INVALID_PARAMETER;
			}
			switch (state) {
				case LAPIC -> processor.saveApic(page);
				case XSAVE -> processor.saveExtended(page);
				case SIMP -> processor.synic().synic().saveMessages(page);
				default -> processor.synic().synic().saveFlags(page);
			}
			return HvStatus.SUCCESS;
		});
	}

	private HvStatus setState(Invocation call) {
		return withState(call, processor -> {
			VpState state = state(VpStateInput.decode(call.input).type());
			if (state == VpState.SYNTHETIC_TIMERS) {
				return call.variableHeader == TIMERS_SIZE && processor.synic().timers().restore(call.input.asSlice(VpStateInput.SIZE))
					? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
			}
			long page = page(call);
			if (state == null || page == 0) {
				return HvStatus.INVALID_PARAMETER;
			}
			boolean accepted = switch (state) {
				case LAPIC -> processor.restoreApic(page);
				case XSAVE -> processor.restoreExtended(page);
				case SIMP -> {
					processor.synic().synic().restoreMessages(page);
					yield true;
				}
				default -> {
					processor.synic().synic().restoreFlags(page);
					yield true;
				}
			};
			return accepted ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
		});
	}

	private HvStatus mapStatePage(Invocation call) {
		MapVpStatePageInput input = MapVpStatePageInput.decode(call.input);
		// The pages are the hypervisor's: the root cannot give one
		if (!VtlInput.valid(input.inputVtl()) || input.flags() != 0 || input.requestedPage() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		return withProcessor(input.partitionId(), input.vpIndex(), processor -> {
			if (input.type() != VirtualProcessor.REGISTER_PAGE && input.type() != VirtualProcessor.INTERCEPT_PAGE) {
				return HvStatus.INVALID_PARAMETER;
			}
			call.output.set(JAVA_LONG_UNALIGNED, 0, processor.statePage(input.type()));
			return HvStatus.SUCCESS;
		});
	}

	private HvStatus unmapStatePage(Invocation call) {
		UnmapVpStatePageInput input = UnmapVpStatePageInput.decode(call.input);
		if (!UnmapVpStatePageInput.reservedIsZero(call.input) || !VtlInput.valid(input.inputVtl())) {
			return HvStatus.INVALID_PARAMETER;
		}
		return withProcessor(input.partitionId(), input.vpIndex(),
			_ -> input.type() == VirtualProcessor.REGISTER_PAGE || input.type() == VirtualProcessor.INTERCEPT_PAGE ? HvStatus.SUCCESS
				: HvStatus.INVALID_PARAMETER);
	}

	private HvStatus withStatistics(Invocation call, ProcessorAction action) {
		StatsPageInput input = StatsPageInput.decode(call.input);
		if (!StatsPageInput.reservedIsZero(call.input) || input.objectType() != STATS_OBJECT_VP || input.flags() != 0
				|| input.area() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		return withProcessor(input.objectId(), input.vpIndex(), processor -> {
			if (!processor.borrow()) {
				return HvStatus.INVALID_VP_INDEX;
			}
			try {
				return action.apply(processor);
			} finally {
				processor.giveBack();
			}
		});
	}

	private HvStatus mapStatsPage(Invocation call) {
		return withStatistics(call, processor -> {
			long page = processor.statistics().map();
			if (page == 0) {
				return HvStatus.INSUFFICIENT_MEMORY;
			}
			call.output.set(JAVA_LONG_UNALIGNED, 0, page);
			return HvStatus.SUCCESS;
		});
	}

	private HvStatus unmapStatsPage(Invocation call) {
		return withStatistics(call, processor -> processor.statistics().unmap() ? HvStatus.SUCCESS : HvStatus.NOT_FOUND);
	}
}
