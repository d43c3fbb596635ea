package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

import mshv.api.abi.MessageType;
import mshv.api.abi.VpSignalBitsetMessage;
import mshv.api.abi.VpSignalPairMessage;
import mshv.api.driver.Synic.MessageHandler;

/** Wakes the processors that the hypervisor says are ready. One that is gone meanwhile is skipped. */
final class SchedulerMessages implements MessageHandler {
	private final LongFunction<RootPartition> partitions;

	/** @param partitions finds a partition by id, null if there is none */
	SchedulerMessages(LongFunction<RootPartition> partitions) {
		this.partitions = partitions;
	}

	@Override
	public boolean accept(MemorySegment message) {
		switch (message.get(JAVA_INT_UNALIGNED, 0)) {
			case MessageType.SCHEDULER_VP_SIGNAL_PAIR -> pairs(message);
			case MessageType.SCHEDULER_VP_SIGNAL_BITSET -> bitset(message);
			default -> {
				return false;
			}
		}
		return true;
	}

	private void pairs(MemorySegment message) {
		int count = VpSignalPairMessage.count(message);
		for (int i = 0; i < count; i++) {
			kick(partitions.apply(VpSignalPairMessage.partitionId(message, i)), VpSignalPairMessage.vpIndex(message, i));
		}
	}

	private void bitset(MemorySegment message) {
		RootPartition partition = partitions.apply(VpSignalBitsetMessage.partitionId(message));
		if (VpSignalBitsetMessage.format(message) != 0) {
			return;
		}
		int position = 0;
		for (long banks = VpSignalBitsetMessage.bankMask(message); banks != 0
				&& position < VpSignalBitsetMessage.MAX_BANKS; banks &= banks - 1) {
			int first = Long.numberOfTrailingZeros(banks) * Long.SIZE;
			for (long bits = VpSignalBitsetMessage.bank(message, position++); bits != 0; bits &= bits - 1) {
				kick(partition, first + Long.numberOfTrailingZeros(bits));
			}
		}
	}

	private static void kick(RootPartition partition, int vp) {
		if (partition != null) {
			partition.signalled(vp);
		}
	}
}
