package mshv.gateway;

import mshv.api.Errno;
import mshv.api.Partition;

/** The eventfds that a program has bound to a partition. */
final class PartitionEvents {
	private final Partition partition;

	PartitionEvents(Partition partition) {
		this.partition = partition;
	}

	long irqfd(Caller caller, long argument) {
		return -Errno.EOPNOTSUPP.number();
	}

	long ioeventfd(Caller caller, long argument) {
		return -Errno.EOPNOTSUPP.number();
	}

	void close() {
		partition.id();
	}
}
