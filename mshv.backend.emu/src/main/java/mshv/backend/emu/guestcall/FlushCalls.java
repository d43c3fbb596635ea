package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guest.SyntheticFeatures;

/** Calls that make processors forget translations (HvCallFlushVirtualAddressSpace and those like it). */
final class FlushCalls {
	private static final int SIZE = 24, EXTENDED_SIZE = 16 + VpSet.HEADER_SIZE;
	private static final int FLAGS_AT = 8, PROCESSORS_AT = 16;
	/** HV_FLUSH_FLAGS. That translations are global or of which address space they are makes no difference: more may be forgotten. */
	private static final long ALL_PROCESSORS = 1, ALL_ADDRESS_SPACES = 2, NON_GLOBAL_ONLY = 4;
	private static final long FLAGS = ALL_PROCESSORS | ALL_ADDRESS_SPACES | NON_GLOBAL_ONLY;
	private static final int ADDITIONAL_PAGES = 0xFFF;
	/** Pages above which everything is forgotten. */
	private static final int MOST_PAGES = 32;
	private static final int PAGE_SIZE = 4096;

	private final Caller caller;

	FlushCalls(Caller caller) {
		this.caller = caller;
	}

	void register(Map<Integer, GuestCall> calls) {
		Predicate<GuestInterface> plain = guest -> guest.offers(SyntheticFeatures.FLUSH_HYPERCALLS);
		Predicate<GuestInterface> extended = guest -> guest
			.offers(SyntheticFeatures.FLUSH_HYPERCALLS | SyntheticFeatures.EXTENDED_PROCESSOR_MASKS);
		calls.put(GuestCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE, GuestCall.simple(SIZE, 0, plain, call -> flush(call, mask(call), null)));
		calls.put(GuestCallCode.FLUSH_VIRTUAL_ADDRESS_LIST,
			GuestCall.repeated(SIZE, Long.BYTES, 0, false, plain, call -> flush(call, mask(call), pages(call, SIZE))));
		calls.put(GuestCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE_EX,
			GuestCall.variable(EXTENDED_SIZE, extended, call -> flush(call, set(call), null)));
		calls.put(GuestCallCode.FLUSH_VIRTUAL_ADDRESS_LIST_EX, GuestCall.repeated(EXTENDED_SIZE, Long.BYTES, 0, true, extended,
			call -> flush(call, set(call), pages(call, EXTENDED_SIZE + call.variableHeader))));
	}

	private static VpSet mask(GuestInvocation call) {
		return VpSet.of(call.input.get(JAVA_LONG_UNALIGNED, PROCESSORS_AT));
	}

	private static VpSet set(GuestInvocation call) {
		return VpSet.decode(call.input, PROCESSORS_AT, call.variableHeader);
	}

	/** @return linear addresses of the pages in the list, null if there are so many that everything had better go */
	private static long[] pages(GuestInvocation call, int at) {
		long[] pages = new long[MOST_PAGES];
		int count = 0;
		for (int i = call.completed; i < call.count; i++) {
			long range = call.input.get(JAVA_LONG_UNALIGNED, at + (long) i * Long.BYTES);
			int length = (int) range & ADDITIONAL_PAGES;
			if (count + length + 1 > MOST_PAGES) {
				return null;
			}
			for (int page = 0; page <= length; page++) {
				pages[count++] = (range & -PAGE_SIZE) + (long) page * PAGE_SIZE;
			}
		}
		return Arrays.copyOf(pages, count);
	}

	private HvStatus flush(GuestInvocation call, VpSet set, long[] pages) {
		long flags = call.input.get(JAVA_LONG_UNALIGNED, FLAGS_AT);
		VpSet targets = (flags & ALL_PROCESSORS) != 0 ? VpSet.ALL : set;
		if ((flags & ~FLAGS) != 0 || targets == null) {
			return HvStatus.INVALID_PARAMETER;
		}
		caller.flush(targets.indexes(), pages);
		call.completed = call.count;
		return HvStatus.SUCCESS;
	}
}
