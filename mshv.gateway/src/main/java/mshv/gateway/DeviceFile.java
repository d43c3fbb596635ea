package mshv.gateway;

import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.abi.MshvCreatePartition;
import mshv.api.abi.MshvIoctl;

/** An open {@code /dev/mshv}. */
final class DeviceFile extends OpenFile {
	private static final long FLAGS = (1L << PartitionConfig.Flag.values().length) - 1;
	/** pt_num_cpu_fbanks. */
	private static final int BANKS = 2;

	private final Hypervisor hypervisor;

	DeviceFile(Caller caller) {
		super(caller.owner(), caller.kernel(), caller.descriptors(), "mshv", 0);
		hypervisor = caller.owner().hypervisor();
	}

	@Override
	long ioctl(Caller caller, int command, long argument) {
		return switch (command) {
			case MshvIoctl.CREATE_PARTITION -> createPartition(caller, argument);
			case MshvIoctl.ROOT_HVCALL -> HypercallIoctl.call(caller, argument, hypervisor::passThrough);
			default -> -Errno.ENOTTY.number();
		};
	}

	private long createPartition(Caller caller, long argument) {
		MshvCreatePartition request = MshvCreatePartition.decode(caller.read(argument, MshvCreatePartition.SIZE));
		if ((request.flags() & ~FLAGS) != 0 || request.isolation() != 0) {
			return -Errno.EINVAL.number();
		}
		if (request.size() > MshvCreatePartition.SIZE) {
			// The program may have changed what was read first
			MemorySegment whole = caller.read(argument, MshvCreatePartition.SIZE_2);
			request = MshvCreatePartition.decode(whole);
			if ((request.flags() & ~FLAGS) != 0 || request.isolation() != 0 || request.size() == MshvCreatePartition.SIZE
					|| request.banks() != BANKS || !MshvCreatePartition.reservedIsZero(whole)) {
				return -Errno.EINVAL.number();
			}
		}
		caller.note(request);
		caller.takesLong();
		Partition partition = hypervisor.createPartition(new PartitionConfig(flags(request.flags()), request.disabledFeatures0(),
			request.disabledFeatures1(), request.disabledXsave()));
		PartitionFile file;
		try {
			file = new PartitionFile(caller, partition);
		} catch (RuntimeException e) {
			partition.close();
			throw e;
		}
		return caller.owner().offer(caller, file, 0, true);
	}

	private static Set<PartitionConfig.Flag> flags(long bits) {
		Set<PartitionConfig.Flag> flags = EnumSet.noneOf(PartitionConfig.Flag.class);
		for (PartitionConfig.Flag flag : PartitionConfig.Flag.values()) {
			if ((bits & flag.bit()) != 0) {
				flags.add(flag);
			}
		}
		return flags;
	}

	@Override
	void released() {
		// It has nothing of its own
	}
}
