package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

import mshv.api.Intercept;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MessageHeader;
import mshv.api.abi.MessageType;
import mshv.api.driver.Synic.MessageHandler;

/** Intercepts that the hypervisor announces in the root's SynIC; the sender is the partition. */
final class InterceptMessages implements MessageHandler {
	private final LongFunction<RootPartition> partitions;

	/** @param partitions finds a partition by id, null if there is none */
	InterceptMessages(LongFunction<RootPartition> partitions) {
		this.partitions = partitions;
	}

	@Override
	public boolean accept(MemorySegment message) {
		RootPartition partition = partitions.apply(MessageHeader.decode(message).sender());
		if (partition == null) {
			return false;
		}
		switch (message.get(JAVA_INT_UNALIGNED, 0)) {
			case MessageType.X64_APIC_EOI -> {
				return InterceptMessage.decode(message) instanceof Intercept.ApicEoi eoi && partition.interruptEnded(eoi.vector());
			}
			case MessageType.OPAQUE_INTERCEPT -> partition.intercepted(message.get(JAVA_INT_UNALIGNED, MessageHeader.SIZE));
			default -> {
				return false;
			}
		}
		return true;
	}
}
