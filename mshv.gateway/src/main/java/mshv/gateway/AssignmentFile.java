package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import mshv.api.Errno;
import mshv.api.abi.MshvDeviceAttr;
import mshv.api.abi.MshvIoctl;

/** A device of a partition that ties VFIO files to it (mshv-vfio). There are none that an emulated processor could use. */
final class AssignmentFile extends OpenFile {
	private final PartitionFile partition;

	AssignmentFile(Caller caller, PartitionFile partition) {
		super(caller.owner(), caller.kernel(), caller.descriptors(), "mshv-vfio", 0);
		this.partition = partition;
	}

	@Override
	long ioctl(Caller caller, int command, long argument) {
		return switch (command) {
			case MshvIoctl.SET_DEVICE_ATTR -> set(caller, argument);
			// The device type has no such operation
			case MshvIoctl.GET_DEVICE_ATTR -> {
				attribute(caller, argument);
				yield -Errno.EPERM.number();
			}
			case MshvIoctl.HAS_DEVICE_ATTR -> known(attribute(caller, argument)) ? 0 : -Errno.ENXIO.number();
			default -> -Errno.ENOTTY.number();
		};
	}

	private static MshvDeviceAttr attribute(Caller caller, long argument) {
		MshvDeviceAttr attribute = MshvDeviceAttr.decode(caller.read(argument, MshvDeviceAttr.SIZE));
		caller.note(attribute);
		return attribute;
	}

	private static boolean known(MshvDeviceAttr attribute) {
		return attribute.group() == MshvDeviceAttr.VFIO_FILE
			&& (attribute.attribute() == MshvDeviceAttr.VFIO_FILE_ADD || attribute.attribute() == MshvDeviceAttr.VFIO_FILE_DEL);
	}

	private static long set(Caller caller, long argument) {
		MshvDeviceAttr attribute = attribute(caller, argument);
		if (!known(attribute)) {
			return -Errno.ENXIO.number();
		}
		int descriptor = caller.read(attribute.address(), Integer.BYTES).get(JAVA_INT, 0);
		if (!caller.hasOpen(descriptor)) {
			return -Errno.EBADF.number();
		}
		return -(attribute.attribute() == MshvDeviceAttr.VFIO_FILE_ADD ? Errno.EINVAL : Errno.ENOENT).number();
	}

	@Override
	void released() {
		partition.assignmentReleased();
	}
}
