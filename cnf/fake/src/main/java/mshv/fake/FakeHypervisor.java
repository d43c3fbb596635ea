package mshv.fake;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;

/** Makes partitions whose processors do what a script says. */
public class FakeHypervisor implements Hypervisor {
	/** What processors do. */
	public final Script script;
	/** Made so far, closed ones too. */
	public final List<FakePartition> made = new CopyOnWriteArrayList<>();
	private final String name;

	/** A backend called {@code fake}. @param script what processors do */
	public FakeHypervisor(Script script) {
		this("fake", script);
	}

	/** @param name of the backend @param script what processors do */
	public FakeHypervisor(String name, Script script) {
		this.name = name;
		this.script = script;
	}

	@Override
	public String backend() {
		return name;
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
		FakePartition partition = newPartition();
		made.add(partition);
		return partition;
	}

	@Override
	public List<Partition> partitions() {
		return made.stream().filter(partition -> !partition.closed).map(Partition.class::cast).toList();
	}

	/** @return a partition that behaves as the test needs */
	protected FakePartition newPartition() {
		return new FakePartition(this);
	}
}
