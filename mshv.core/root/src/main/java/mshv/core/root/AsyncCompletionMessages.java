package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

import mshv.api.HvStatus;
import mshv.api.abi.MessageHeader;
import mshv.api.abi.MessageType;
import mshv.api.driver.Synic.MessageHandler;

/** Ends calls that were pending (HVMSG_ASYNC_CALL_COMPLETION). */
final class AsyncCompletionMessages implements MessageHandler {
	private final LongFunction<RootPartition> partitions;

	/** @param partitions finds a partition by id, null if there is none */
	AsyncCompletionMessages(LongFunction<RootPartition> partitions) {
		this.partitions = partitions;
	}

	@Override
	public boolean accept(MemorySegment message) {
		if (message.get(JAVA_INT_UNALIGNED, 0) != MessageType.ASYNC_CALL_COMPLETION) {
			return false;
		}
		RootPartition partition = partitions.apply(message.get(JAVA_LONG_UNALIGNED, MessageHeader.SIZE));
		if (partition != null) {
			partition.completed(HvStatus.of(message.get(JAVA_INT_UNALIGNED, MessageHeader.SIZE + 8)));
		}
		return true;
	}
}
