package mshv.backend.emu.hypercall;

import java.util.function.BiFunction;
import java.util.function.Function;

import mshv.api.HvStatus;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.backend.emu.partition.Connections;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.partition.VirtualProcessor;
import mshv.backend.emu.synic.Message;
import mshv.backend.emu.synic.Synic;

/** Finds the port of a connection, and a processor of its partition that receives. Any thread. */
final class PortConnections implements Connections {
	private final PartitionTable partitions;
	private final RootSynic root;

	PortConnections(PartitionTable partitions, RootSynic root) {
		this.partitions = partitions;
		this.root = root;
	}

	@Override
	public HvStatus post(long partition, int connection, int type, byte[] payload) {
		return send(partition, connection, PortType.MESSAGE, port -> {
			Message message = new Message(type, port.id(), payload);
			return PartitionTable.isRoot(port.owner()) ? root.post(port, message)
				: receive(port, synic -> synic.post(port.info().targetSint(), message));
		});
	}

	@Override
	public HvStatus signal(long partition, int connection, int flag) {
		return signal(partition, connection, flag, root::signal);
	}

	/** Signals an event on behalf of a partition, as if it did so itself, for callers that hold locks: an interrupt of the root comes later.
	 * @param partition id of the partition
	 * @param flag counted from the port's first one */
	void signalFor(long partition, int connection, int flag) {
		Partition sender = partitions.findToDispatch(partition);
		if (sender == null ? PartitionTable.isRoot(partition) : sender.maySignalEvents()) {
			signal(partition, connection, flag, root::signalLater);
		}
	}

	private HvStatus signal(long partition, int connection, int flag, BiFunction<Port, Integer, HvStatus> toRoot) {
		return send(partition, connection, PortType.EVENT, port -> {
			PortInfo info = port.info();
			if (flag >= info.flagCount()) {
				return HvStatus.INVALID_PARAMETER;
			}
			return PartitionTable.isRoot(port.owner()) ? toRoot.apply(port, info.flagBase() + flag)
				: receive(port, synic -> signal(synic, info.targetSint(), info.flagBase() + flag));
		});
	}

	/** A flag that is set already tells the receiver as well. */
	private static HvStatus signal(Synic synic, int sint, int flag) {
		HvStatus status = synic.signal(sint, flag);
		return status == HvStatus.NO_DATA ? HvStatus.SUCCESS : status;
	}

	private HvStatus send(long partition, int connection, int type, Function<Port, HvStatus> sender) {
		Connection found = partitions.ports().connection(partition, connection);
		if (found == null || found.port().info().type() != type) {
			return HvStatus.INVALID_CONNECTION_ID;
		}
		Port port = found.port();
		return partitions.ports().find(port.owner(), port.id()) == port ? sender.apply(port) : HvStatus.INVALID_PORT_ID;
	}

	/** Offers to the processor that the port names, or to one after the other until one receives. */
	private HvStatus receive(Port port, Function<Synic, HvStatus> receiver) {
		Partition owner = partitions.find(port.owner());
		if (owner == null) {
			return HvStatus.INVALID_PORT_ID;
		}
		int target = port.info().targetVp();
		HvStatus status = HvStatus.INVALID_VP_INDEX;
		for (int i = 0; i <= Partition.LAST_VP_INDEX; i++) {
			VirtualProcessor processor = target == PortInfo.ANY_VP || target == i ? owner.processor(i) : null;
			if (processor != null) {
				status = receiver.apply(processor.synic().synic());
				if (status != HvStatus.INVALID_SYNIC_STATE) {
					return status;
				}
			}
		}
		return status;
	}
}
