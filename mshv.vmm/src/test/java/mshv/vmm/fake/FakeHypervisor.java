package mshv.vmm.fake;

import java.util.ArrayList;
import java.util.List;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;

/** Makes partitions whose processors do what a script says. */
public final class FakeHypervisor implements Hypervisor {
	/** What processors do. */
	public final Script script;
	/** Made so far, closed ones too. */
	public final List<FakePartition> made = new ArrayList<>();

	/** @param script what processors do */
	public FakeHypervisor(Script script) {
		this.script = script;
	}

	@Override
	public String backend() {
		return "fake";
	}

	@Override
	public long getProperty(int property) {
		throw new HypervisorException("property " + property, HvStatus.UNKNOWN_PROPERTY);
	}

	@Override
	public byte[] getPropertyEx(int property, long argument) {
		throw new HypervisorException("property " + property, HvStatus.UNKNOWN_PROPERTY);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		throw new HypervisorException("call " + call.code(), Errno.EINVAL);
	}

	@Override
	public Partition createPartition(PartitionConfig config) {
		FakePartition partition = new FakePartition(this);
		made.add(partition);
		return partition;
	}

	@Override
	public List<Partition> partitions() {
		return List.copyOf(made);
	}
}
