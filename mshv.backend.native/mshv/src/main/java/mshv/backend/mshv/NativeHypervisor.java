package mshv.backend.mshv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.CallCode;
import mshv.api.abi.MshvCreatePartition;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.PartitionPropertyExInput;
import mshv.api.event.LinuxEvents;

/** An open {@code /dev/mshv}. */
final class NativeHypervisor implements Hypervisor {
	/** Value of {@link Hypervisor#BACKEND}. */
	static final String NAME = "mshv";

	/** pt_num_cpu_fbanks. */
	private static final int BANKS = 2;
	private static final int PROPERTY_EX_SIZE = 4072;

	private final Descriptor device;
	private final Hypercalls calls;
	private final Supplier<LinuxEvents> events;
	private final List<Partition> open = new ArrayList<>();
	private long lastId;
	private boolean closed;

	/** @param device closed with this @param events what makes eventfds now, null if nothing does */
	NativeHypervisor(Descriptor device, Supplier<LinuxEvents> events) {
		this.device = device;
		this.events = events;
		calls = new Hypercalls(device);
	}

	LinuxEvents events() {
		return events.get();
	}

	@Override
	public String backend() {
		return NAME;
	}

	@Override
	public long getProperty(int property) {
		return calls.getProperty(property);
	}

	@Override
	public byte[] getPropertyEx(int property, long argument) {
		return calls.call(CallCode.GET_PARTITION_PROPERTY_EX, 0, PartitionPropertyExInput.SIZE,
			new PartitionPropertyExInput(0, property, argument)::encode, PROPERTY_EX_SIZE).toArray(JAVA_BYTE);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return calls.make(call);
	}

	@Override
	public Partition createPartition(PartitionConfig config) {
		long flags = config.flags().stream().mapToLong(PartitionConfig.Flag::bit).reduce(0, (a, b) -> a | b);
		boolean features = config.flags().contains(PartitionConfig.Flag.CPU_AND_XSAVE_FEATURES);
		if (!features && (config.disabledProcessorFeatures0() | config.disabledProcessorFeatures1() | config.disabledXsaveFeatures()) != 0) {
			throw new HypervisorException("features are given without the flag CPU_AND_XSAVE_FEATURES", Errno.EINVAL);
		}
		MshvCreatePartition request = new MshvCreatePartition(flags, 0, features ? BANKS : 0, config.disabledProcessorFeatures0(),
			config.disabledProcessorFeatures1(), config.disabledXsaveFeatures());
		int number = device.require("creating a partition", MshvIoctl.CREATE_PARTITION, request.size(), request::encode);
		NativePartition partition = add(new Descriptor(device.kernel(), number));
		if (partition == null) {
			device.kernel().close(number);
			throw new HypervisorException("the backend has ended", Errno.ENODEV);
		}
		return partition;
	}

	private synchronized NativePartition add(Descriptor descriptor) {
		if (closed) {
			return null;
		}
		NativePartition partition = new NativePartition(this, ++lastId, descriptor);
		open.add(partition);
		return partition;
	}

	synchronized void remove(NativePartition partition) {
		open.remove(partition);
	}

	@Override
	public synchronized List<Partition> partitions() {
		return List.copyOf(open);
	}

	/** Closes all partitions; processors that run are interrupted. */
	void close() {
		List<Partition> left;
		synchronized (this) {
			closed = true;
			left = List.copyOf(open);
		}
		left.forEach(Partition::close);
		device.close();
	}
}
