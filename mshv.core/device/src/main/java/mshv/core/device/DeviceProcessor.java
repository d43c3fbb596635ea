package mshv.core.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.GpaAccess;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.VpStatistics;

/** A handle of a processor. */
final class DeviceProcessor implements VirtualProcessor {
	private final DevicePartition partition;
	private final VirtualProcessor processor;

	DeviceProcessor(DevicePartition partition, VirtualProcessor processor) {
		this.partition = partition;
		this.processor = processor;
	}

	@Override
	public int index() {
		return processor.index();
	}

	@Override
	public Partition partition() {
		return partition;
	}

	/** Spelled out: this is called for every exit. */
	@Override
	public Intercept run() {
		partition.requirePresent();
		try {
			return processor.run();
		} catch (HypervisorException e) {
			partition.requirePresent();
			throw e;
		}
	}

	@Override
	public void interrupt() {
		partition.make(processor::interrupt);
	}

	@Override
	public List<RegisterValue> getRegisters(List<Register> registers) {
		return partition.call(() -> processor.getRegisters(registers));
	}

	@Override
	public void setRegisters(Map<Register, RegisterValue> values) {
		partition.make(() -> processor.setRegisters(values));
	}

	@Override
	public byte[] getState(VpState state) {
		return partition.call(() -> processor.getState(state));
	}

	@Override
	public void setState(VpState state, byte[] bytes) {
		partition.make(() -> processor.setState(state, bytes));
	}

	@Override
	public Translation translate(long address, long flags) {
		return partition.call(() -> processor.translate(address, flags));
	}

	@Override
	public List<CpuidResult> cpuidValues(List<CpuidQuery> queries, boolean ownStates, boolean registered) {
		return partition.call(() -> processor.cpuidValues(queries, ownStates, registered));
	}

	@Override
	public GpaAccess readGpa(long address, int size) {
		return partition.call(() -> processor.readGpa(address, size));
	}

	@Override
	public GpaAccess.Result writeGpa(long address, byte[] data) {
		return partition.call(() -> processor.writeGpa(address, data));
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return partition.call(() -> processor.passThrough(call));
	}

	@Override
	public MemorySegment registerPage() {
		return partition.call(processor::registerPage);
	}

	@Override
	public MemorySegment interceptPage() {
		return partition.call(processor::interceptPage);
	}

	@Override
	public VpStatistics statistics() {
		return partition.call(processor::statistics);
	}
}
