package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.util.Arrays;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.ConnectPortInput;
import mshv.api.abi.ConnectionInfo;
import mshv.api.abi.CreatePortInput;
import mshv.api.abi.DeletePortInput;
import mshv.api.abi.DisconnectPortInput;
import mshv.api.abi.DoorbellFlags;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.abi.PostMessageInput;
import mshv.api.abi.SignalEventInput;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.memory.Doorbells;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.partition.Partition;
import mshv.backend.emu.synic.EventFlags;
import mshv.backend.emu.synic.Message;

/** Calls about ports and connections (TLFS chapter 11), and those by which the root sends. */
final class PortCalls {
	private static final int NOTIFY_INPUT = 8;

	private final PartitionTable partitions;
	private final RootSynic synic;

	PortCalls(PartitionTable partitions, RootSynic synic) {
		this.partitions = partitions;
		this.synic = synic;
	}

	void register(CallTable table) {
		table.add(CallCode.CREATE_PORT, Call.simple(CreatePortInput.SIZE, 0, this::create));
		table.add(CallCode.DELETE_PORT, Call.simple(DeletePortInput.SIZE, 0, this::delete));
		table.add(CallCode.CONNECT_PORT, Call.simple(ConnectPortInput.SIZE, 0, this::connect));
		table.add(CallCode.DISCONNECT_PORT, Call.simple(DisconnectPortInput.SIZE, 0, this::disconnect));
		table.add(CallCode.POST_MESSAGE, Call.simple(PostMessageInput.SIZE, 0, this::post));
		table.add(CallCode.SIGNAL_EVENT, Call.simple(SignalEventInput.SIZE, 0, this::signal));
		table.add(CallCode.NOTIFY_PORT_RING_EMPTY, Call.simple(NOTIFY_INPUT, 0, this::notifyRingEmpty));
	}

	private PortTable ports() {
		return partitions.ports();
	}

	private HvStatus create(Invocation call) {
		CreatePortInput input = CreatePortInput.decode(call.input);
		PortInfo info = input.info();
		if (!exists(input.portPartition()) || !exists(input.connectionPartition())) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		if (!CreatePortInput.reservedIsZero(call.input) || input.portVtl() != 0 || input.minConnectionVtl() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		HvStatus status = info.type() == PortType.MONITOR ? NotificationChannels.checkAddress(input.portPartition(), info.monitorAddress())
			: checkTarget(input.portPartition(), info);
		if (status != HvStatus.SUCCESS) {
			return status;
		}
		Port port = new Port(PartitionTable.canonical(input.portPartition()), input.portId(),
			PartitionTable.canonical(input.connectionPartition()), info);
		return PortTable.validId(input.portId()) && ports().add(port) ? HvStatus.SUCCESS : HvStatus.INVALID_PORT_ID;
	}

	private static HvStatus checkTarget(long partition, PortInfo info) {
		boolean root = PartitionTable.isRoot(partition);
		int lastVp = root ? 0 : Partition.LAST_VP_INDEX;
		boolean vp = info.targetVp() == PortInfo.ANY_VP || info.targetVp() >= 0 && info.targetVp() <= lastVp;
		boolean type = switch (info.type()) {
			// The hypervisor's own messages for the root are there
			case PortType.MESSAGE -> !root || info.targetSint() != RootSynic.MESSAGE_SINT;
			case PortType.EVENT -> info.flagCount() != 0 && info.flagBase() + info.flagCount() <= EventFlags.COUNT;
			case PortType.DOORBELL -> root;
			default -> false;
		};
		return type && vp && info.targetSint() >= 0 && info.targetSint() < SyntheticMsr.SINT_COUNT ? HvStatus.SUCCESS
			: HvStatus.INVALID_PARAMETER;
	}

	private boolean exists(long partition) {
		return PartitionTable.isRoot(partition) || partitions.find(partition) != null;
	}

	/** When this returns, nothing new arrives. */
	private HvStatus delete(Invocation call) {
		DeletePortInput input = DeletePortInput.decode(call.input);
		if (!exists(input.portPartition())) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		if (!DeletePortInput.reservedIsZero(call.input)) {
			return HvStatus.INVALID_PARAMETER;
		}
		Port port = ports().remove(PartitionTable.canonical(input.portPartition()), input.portId());
		if (port == null) {
			return HvStatus.INVALID_PORT_ID;
		}
		if (port.info().type() != PortType.MONITOR) {
			synic.delete(port);
		}
		partitions.channels().end(channel -> channel.port() == port);
		return HvStatus.SUCCESS;
	}

	private HvStatus connect(Invocation call) {
		ConnectPortInput input = ConnectPortInput.decode(call.input);
		ConnectionInfo info = input.info();
		if (!exists(input.connectionPartition()) || !exists(input.portPartition())) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		if (!ConnectPortInput.reservedIsZero(call.input) || input.connectionVtl() != 0) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (!PortTable.validId(input.connectionId())) {
			return HvStatus.INVALID_CONNECTION_ID;
		}
		Port port = ports().find(PartitionTable.canonical(input.portPartition()), input.portId());
		if (port == null) {
			return HvStatus.INVALID_PORT_ID;
		}
		long partition = PartitionTable.canonical(input.connectionPartition());
		if (port.connectionPartition() != partition) {
			return HvStatus.ACCESS_DENIED;
		}
		if (info.type() != port.info().type()) {
			return HvStatus.INVALID_PARAMETER;
		}
		if (info.type() == PortType.DOORBELL) {
			return connectDoorbell(input, partition, port);
		}
		if (info.type() == PortType.MONITOR) {
			return connectMonitor(input, partition, port);
		}
		return ports().connect(partition, input.connectionId(), new Connection(port),
			() -> exists(partition) ? HvStatus.SUCCESS : HvStatus.INVALID_PARTITION_ID);
	}

	private HvStatus connectDoorbell(ConnectPortInput input, long partition, Port port) {
		ConnectionInfo info = input.info();
		if (!DoorbellFlags.valid(info.flags()) || (info.address() & ~PhysicalMemory.ADDRESS_MASK) != 0
				|| PartitionTable.isRoot(partition)) {
			return HvStatus.INVALID_PARAMETER;
		}
		Doorbells.Connection doorbell = new Doorbells.Connection(info.address(), DoorbellFlags.bytes(info.flags()),
			(info.flags() & DoorbellFlags.ANY_VALUE) != 0, info.triggerValue(), () -> synic.ring(port));
		return ports().connect(partition, input.connectionId(), new Connection(port, doorbell, null), () -> {
			Partition guest = partitions.find(partition);
			return guest == null ? HvStatus.INVALID_PARTITION_ID : guest.connectDoorbell(doorbell);
		});
	}

	private HvStatus connectMonitor(ConnectPortInput input, long partition, Port port) {
		long address = input.info().address();
		HvStatus status = NotificationChannels.checkAddress(partition, address);
		if (status != HvStatus.SUCCESS) {
			return status;
		}
		// There is no second view of the root's memory
		boolean bothRoot = PartitionTable.isRoot(partition) && PartitionTable.isRoot(port.owner());
		return bothRoot && address != port.info().monitorAddress() ? HvStatus.INVALID_PARAMETER
			: partitions.channels().connect(partition, input.connectionId(), port, address);
	}

	private HvStatus disconnect(Invocation call) {
		DisconnectPortInput input = DisconnectPortInput.decode(call.input);
		if (!exists(input.connectionPartition())) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		if (!DisconnectPortInput.reservedIsZero(call.input)) {
			return HvStatus.INVALID_PARAMETER;
		}
		long partition = PartitionTable.canonical(input.connectionPartition());
		Connection connection = ports().disconnect(partition, input.connectionId(), input.doorbell());
		if (connection == null) {
			return HvStatus.INVALID_CONNECTION_ID;
		}
		Partition guest = partitions.find(partition);
		if (connection.doorbell() != null && guest != null) {
			guest.disconnectDoorbell(connection.doorbell());
		}
		partitions.channels().end(channel -> channel == connection.channel());
		return HvStatus.SUCCESS;
	}

	private HvStatus post(Invocation call) {
		PostMessageInput input = PostMessageInput.decode(call.input);
		if (!PostMessageInput.reservedIsZero(call.input) || !Message.sendable(input.messageType(), input.payloadSize())) {
			return HvStatus.INVALID_PARAMETER;
		}
		return partitions.connections().post(PartitionTable.ROOT, input.connectionId(), input.messageType(),
			Arrays.copyOf(input.payload(), input.payloadSize()));
	}

	private HvStatus signal(Invocation call) {
		SignalEventInput input = SignalEventInput.decode(call.input);
		return SignalEventInput.reservedIsZero(call.input)
			? partitions.connections().signal(PartitionTable.ROOT, input.connectionId(), input.flag()) : HvStatus.INVALID_PARAMETER;
	}

	private HvStatus notifyRingEmpty(Invocation call) {
		int sint = call.input.get(JAVA_INT_UNALIGNED, 0);
		if (call.input.get(JAVA_INT_UNALIGNED, 4) != 0 || sint < 0 || sint >= SyntheticMsr.SINT_COUNT) {
			return HvStatus.INVALID_PARAMETER;
		}
		synic.ringEmpty(sint);
		return HvStatus.SUCCESS;
	}
}
